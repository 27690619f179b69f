#include "core/queue/amqp/url.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <charconv>

namespace batch::amqp {
namespace {

constexpr auto form = "its form: queue.url = \"amqp://USER@HOST:PORT/VHOST?heartbeat=10\"";
constexpr int largest_port = 65'535;

/// Never with a part of it, which could be that of a password.
[[noreturn]] void throw_unreadable(const char* why) {
    throw Error(ErrorKind::config, fmt::format("queue.url: {}", why), form);
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        unsigned byte = 0;
        const char* const begin = text.data() + at + 1;
        if (at + 2 >= text.size() || std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2) {
            throw_unreadable("its % is followed by no two hex digits; a % itself is written %25");
        }
        out += static_cast<char>(byte);
        at += 2;
    }
    return out;
}

int port_of(std::string_view text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < 1 ||
        port > largest_port) {
        throw_unreadable("its port is no number from 1 to 65535");
    }
    return port;
}

void take_user(Url& url, std::string_view text) {
    const auto colon = text.find(':');
    url.user = decoded(text.substr(0, colon));
    if (colon != std::string_view::npos) {
        if (text.find(':', colon + 1) != std::string_view::npos) {
            throw_unreadable("a colon in the password is written %3A");
        }
        url.password = decoded(text.substr(colon + 1));
    }
}

/// HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT.
void take_host(Url& url, std::string_view text) {
    const bool is_address = text.starts_with('[');
    const auto end = is_address ? text.find(']') : text.find(':');
    if (is_address && end == std::string_view::npos) {
        throw_unreadable("its [ has no ]");
    }
    url.host = decoded(is_address ? text.substr(1, end - 1) : text.substr(0, end));
    std::string_view rest =
        end == std::string_view::npos ? "" : text.substr(end + (is_address ? 1 : 0));
    if (!rest.empty() && rest.front() != ':') {
        throw_unreadable("behind its ] stands something else than a port");
    }
    if (!rest.empty()) {
        url.port = port_of(rest.substr(1));
    }
}

void take_query(Url& url, std::string_view query) {
    // More likely a part of a password whose question mark was not written as %3F.
    if (query.find('@') != std::string_view::npos) {
        throw_unreadable("a ? in the password is written %3F");
    }
    for (const std::string& part : split(query, '&')) {
        const auto equals = part.find('=');
        if (part.empty()) {
            continue;
        }
        if (equals == std::string::npos) {
            throw Error(ErrorKind::config, fmt::format("queue.url: \"{}\" has no value", part),
                        form);
        }
        url.query.emplace_back(decoded(std::string_view(part).substr(0, equals)),
                               decoded(std::string_view(part).substr(equals + 1)));
    }
}

}  // namespace

Url parse_url(std::string_view text) {
    Url url{.secure = text.starts_with("amqps://")};
    const auto begin = text.find("://");
    if (begin == std::string_view::npos) {
        throw_unreadable("it has no :// behind its scheme");
    }
    text.remove_prefix(begin + 3);
    if (const auto mark = text.find('?'); mark != std::string_view::npos) {
        take_query(url, text.substr(mark + 1));
        text = text.substr(0, mark);
    }
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        url.vhost = decoded(text.substr(slash + 1));
        // A password with a slash would look like this too.
        if (text.find_first_of("/@", slash + 1) != std::string_view::npos) {
            throw_unreadable("a / in the vhost or the password is written %2F");
        }
        text = text.substr(0, slash);
    }
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        if (text.find('@') != at) {
            throw_unreadable("an @ in the password is written %40");
        }
        take_user(url, text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    take_host(url, text);
    return url;
}

}  // namespace batch::amqp
