#pragma once

#include "core/base/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batch::auth {

/// What a request to the loopback listener must be like to count.
struct CallbackRules {
    std::string authority = {};  ///< "127.0.0.1:41873", as advertised
    std::string state = {};
    std::string issuer = {};
    bool needs_issuer = false;  ///< the provider promised to send it (RFC 9207)
    std::string entry = {};     ///< the path that leads to the provider; empty: there is none
};

/// What the provider sent back: a code, or its word for why there is none.
struct CallbackAnswer {
    Secret code = {};
    std::string error = {};     ///< "access_denied"; printable and short
    bool wrong_issuer = false;  ///< another provider answered: nothing it says counts
};

/// Pages of the listener; each is a fixed text.
enum class Page : std::uint8_t {
    success,
    cancelled,
    failed,
    stranger,
    not_here,
    used,
    bad_request
};

/// How a request is answered.  With an answer the wait is over, and the page is chosen later.
struct Verdict {
    int status = 400;
    Page page = Page::bad_request;
    std::optional<CallbackAnswer> answer = {};
    bool is_wrong_state = false;
    bool is_entry = false;     ///< on its way to the provider
    bool has_no_body = false;  ///< the answer to HEAD
};

inline constexpr std::string_view callback_path = "/callback";
inline constexpr std::size_t longest_request = std::size_t{16} << 10U;  // bytes
inline constexpr std::size_t longest_code = 2048;                       // Google's have 256 at most

/// Whether all of the request's head has arrived.
bool is_complete(std::string_view bytes) noexcept;

/// Judges the head of a request, in this order: form, method, Host, path, where it comes from,
/// query, state, issuer, error, code.  So a stranger, who cannot know the state, can end nothing.
Verdict judge(std::string_view head, const CallbackRules& rules);

/// The same for an address, or only its query, that somebody pasted.  Absent if it is neither; a
/// code alone is refused, because nothing tells to which login it belongs.
std::optional<Verdict> judge_pasted(std::string_view text, const CallbackRules& rules);

}  // namespace batch::auth
