#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batch::http {

enum class Method : std::uint8_t { get, post, put, patch, del };

/// A part of a file, sent as it is: read while it goes out.
struct FilePart {
    int fd = -1;  ///< not owned; read with pread(2)
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

struct Request {
    Method method = Method::get;
    std::string url = {};
    std::vector<std::string> headers = {};  ///< "Name: value"
    std::string body = {};                  ///< sent before the file part
    std::optional<FilePart> file = {};
    std::string tail = {};                           ///< sent behind the file part
    std::size_t max_body = std::size_t{256} << 10U;  ///< bytes of the answer
    Millis timeout{30'000};                          ///< of the whole, as long as bytes move slowly
};

struct Response {
    int status = 0;
    std::map<std::string, std::string, std::less<>> headers = {};  ///< names in lower case
    std::string body = {};

    /// The value; empty if there is none.
    std::string_view header(std::string_view lower_name) const;

    bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// How to reach servers.
struct ClientOptions {
    std::optional<std::filesystem::path> ca_file = {};  ///< absent: the system's authorities
    /// Lines about what happens, redacted already; not called if empty.
    std::function<void(std::string_view)> trace = {};
    /// Asked at least once a second; true ends the request with code "interrupted".
    std::function<bool()> interrupted = {};
};

/// Speaks HTTP/1.1 with servers, keeping connections.  One thread.
///
/// Only https, and http to loopback addresses.  Redirects are never followed, certificates always
/// checked, TLS is 1.2 at least, nothing is decompressed.  The proxies of the environment are
/// used, but never for loopback addresses (curl(1), ENVIRONMENT).
class Client {
public:
    explicit Client(ClientOptions options = {});
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    /// One request, never repeated.  Any status is an answer.
    ///
    /// Throws Error{config} for a URL that may not be used; Error{unavailable} with the code
    /// "unreachable" (nothing was sent), "timed_out", "cut" (the outcome is unknown), "untrusted"
    /// (its certificate), "too_large" or "interrupted".
    Response send(const Request& request);

    /// For how long the last answer asks to be left in peace, if it does (Retry-After).
    Millis asked_pause() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// "name=value&..." with everything escaped but unreserved characters (RFC 3986, section 2.3).
std::string form(const std::vector<std::pair<std::string, std::string>>& fields);

std::string percent_encoded(std::string_view text);

/// scheme://host[:port] of a URL; empty if it is none.
std::string origin_of(const std::string& url);

/// 127.0.0.0/8, ::1 or localhost.
bool is_loopback(const std::string& url);

/// Throws Error{config} unless the URL is https, or http to a loopback address; `what` names it.
void check_url(const std::string& url, std::string_view what);

}  // namespace batch::http
