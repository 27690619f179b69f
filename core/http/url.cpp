#include "core/base/error.hpp"
#include "core/base/handle.hpp"
#include "core/http/client.hpp"

#include <curl/curl.h>
#include <fmt/core.h>

#include <array>

#include <arpa/inet.h>

namespace batch::http {
namespace {

using Url = Handle<CURLU, curl_url_cleanup>;

/// Null if the text is no URL with one of these two schemes.
Url parse_url(const std::string& text) {
    Url url{curl_url()};
    if (text.find('\0') != std::string::npos ||
        curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
        url.reset();
    }
    return url;
}

std::string part(const Url& url, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, 0) != CURLUE_OK) {
        return {};
    }
    std::string copy{text};
    curl_free(text);
    return copy;
}

bool is_loopback_host(std::string host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    in_addr four{};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1) {
        return (ntohl(four.s_addr) >> 24U) == 127;
    }
    return host == "::1" || host == "localhost";
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        const bool is_unreserved = (letter >= 'a' && letter <= 'z') ||
                                   (letter >= 'A' && letter <= 'Z') ||
                                   (letter >= '0' && letter <= '9') || letter == '-' ||
                                   letter == '.' || letter == '_' || letter == '~';
        if (is_unreserved) {
            result += letter;
        } else {
            result += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
        }
    }
    return result;
}

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += text.empty() ? "" : "&";
        text += percent_encoded(name) + "=" + percent_encoded(value);
    }
    return text;
}

std::string origin_of(const std::string& text) {
    const Url url = parse_url(text);
    if (!url) {
        return {};
    }
    const std::string port = part(url, CURLUPART_PORT);
    return part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST) +
           (port.empty() ? "" : ":" + port);
}

bool is_loopback(const std::string& text) {
    const Url url = parse_url(text);
    return url && is_loopback_host(part(url, CURLUPART_HOST));
}

void check_url(const std::string& text, std::string_view what) {
    const Url url = parse_url(text);
    if (!url) {
        throw Error(ErrorKind::config, fmt::format("{} is no URL", what),
                    "it begins with https://");
    }
    const std::string scheme = part(url, CURLUPART_SCHEME);
    if (scheme == "https" || (scheme == "http" && is_loopback_host(part(url, CURLUPART_HOST)))) {
        return;
    }
    throw Error(
        ErrorKind::config,
        fmt::format("{} begins with {}://, where secrets could be read on the way", what, scheme),
        "it must begin with https://");
}

}  // namespace batch::http
