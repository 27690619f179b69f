#pragma once

#include "core/base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace batch::auth {

inline constexpr std::size_t key_size = 32;  // bytes, AES-256

/// Encrypts and authenticates (AES-256-GCM, NIST SP 800-38D) with a new random nonce; `context` is
/// authenticated with it, so that a sealed text cannot be moved elsewhere.  In base64url.
std::string seal(const Secret& key, const Secret& text, std::string_view context);

/// Absent if it was changed, cut, or sealed with another key or context.
std::optional<Secret> unseal(const Secret& key, std::string_view sealed, std::string_view context);

/// 32 new random bytes.
Secret new_key();

/// A word that tells one key from another and nothing about it.
std::string id_of_key(const Secret& key);

}  // namespace batch::auth
