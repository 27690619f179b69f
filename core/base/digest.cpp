#include "core/base/digest.hpp"

#include <fmt/core.h>

#include <array>
#include <iterator>

// OpenSSL 3 prefers EVP, but that is the whole library with its providers: to load it costs every
// start of every program a fifth of its time.  These four functions are linked in (CMakeLists.txt).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace batch {

void Sha256::Free::operator()(SHA256state_st* state) const noexcept {
    std::default_delete<SHA256state_st>{}(state);
}

Sha256::Sha256() : state_(std::make_unique<SHA256_CTX>().release()) {
    SHA256_Init(state_.get());
}

void Sha256::update(std::string_view bytes) {
    SHA256_Update(state_.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256_Final(digest.data(), state_.get());
    SHA256_Init(state_.get());
    std::string text;
    text.reserve(2 * digest.size());
    for (const unsigned char byte : digest) {
        fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    }
    return text;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 digest;
    digest.update(bytes);
    return digest.hex();
}

}  // namespace batch
