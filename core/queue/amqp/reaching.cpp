// The way to a broker, and what may stand in it.

#include "core/queue/amqp/reaching.hpp"

#include "core/base/error.hpp"
#include "core/base/handle.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "core/os/fd.hpp"
#include "core/os/poll.hpp"
#include "core/queue/amqp/bytes.hpp"
#include "core/queue/amqp/lookup.hpp"
#include "core/queue/amqp/secure.hpp"

#include <amqp_tcp_socket.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace batch::amqp {
namespace {

using namespace std::chrono_literals;

constexpr auto time_for_cause = 500ms;
constexpr std::size_t longest_version = 40;
constexpr auto start_it = "is it running: systemctl status rabbitmq-server";

using Addresses = Handle<addrinfo, freeaddrinfo>;

// The library only says "a socket error occurred".
std::string cause_of(const Target& target) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(target.port);
    if (const int status = ::getaddrinfo(target.host.c_str(), port.c_str(), &hints, &found)) {
        return fmt::format("its name is not known ({})", ::gai_strerror(status));
    }
    const Addresses addresses(found);
    int error = 0;
    for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
        const Fd fd(::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!fd || ::connect(fd.get(), each->ai_addr, each->ai_addrlen) == 0) {
            continue;
        }
        error = errno;
        if (error == EINPROGRESS) {
            std::array fds{pollfd{fd.get(), POLLOUT, 0}};
            socklen_t size = sizeof error;
            error = wait_for_any(fds, time_for_cause) ? 0 : ETIMEDOUT;
            if (error == 0) {
                ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
            }
        }
        if (error != 0) {
            break;
        }
    }
    std::string text = error == 0 ? "no answer" : std::strerror(error);
    text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
    return text;
}

[[noreturn]] void throw_unreachable(const Target& target, const std::string& cause,
                                    const char* hint = start_it) {
    throw Error(ErrorKind::unavailable, target.name() + " cannot be reached: " + cause, hint)
        .with_code("queue_unreachable");
}

// A peer that is gone without a word is noticed when it does not acknowledge what we sent
// (tcp(7), TCP_USER_TIMEOUT), as soon as by the heartbeat.
void set_user_timeout(amqp_connection_state_t_& state, const Target& target) {
    const auto limit =
        static_cast<unsigned>(std::chrono::milliseconds{target.heartbeat * 2}.count());
    ::setsockopt(amqp_get_sockfd(&state), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

[[noreturn]] void throw_no_vhost(const Target& target) {
    if (target.vhost.empty()) {
        throw Error(ErrorKind::config,
                    target.name() +
                        " refused vhost \"\": a slash at the end of the URL means the "
                        "vhost without a name",
                    fmt::format("for the vhost \"/\" leave it away: queue.url = \"{}://{}{}{}\"",
                                target.secure ? "amqps" : "amqp",
                                target.user == "guest" ? "" : target.user + "@", target.host,
                                target.port == (target.secure ? secure_port : AMQP_PROTOCOL_PORT)
                                    ? ""
                                    : fmt::format(":{}", target.port)));
    }
    throw Error(ErrorKind::config,
                fmt::format("{} has no vhost \"{}\"", target.name(), target.vhost),
                fmt::format("make it: rabbitmqctl add_vhost {}", target.vhost));
}

[[noreturn]] void throw_not_let_in(const Target& target, int code, std::string_view text) {
    if (code == AMQP_ACCESS_REFUSED && target.external) {
        throw Error(ErrorKind::permission,
                    target.name() + " knows no user by our client certificate",
                    fmt::format("whom it names: openssl x509 -noout -subject -in {}",
                                shell_word(target.cert_file.string())))
            .with_code("amqp_403");
    }
    if (code == AMQP_ACCESS_REFUSED) {
        throw Error(
            ErrorKind::permission,
            fmt::format("{} refused the password of user \"{}\"", target.name(), target.user),
            "give it in a file: queue.password_file = \"/path\"")
            .with_code("amqp_403");
    }
    if (code == AMQP_NOT_ALLOWED && text.find("not found") != std::string_view::npos) {
        throw_no_vhost(target);
    }
    if (code == AMQP_NOT_ALLOWED) {
        throw Error(ErrorKind::permission,
                    fmt::format("{} does not let user \"{}\" into vhost \"{}\"", target.name(),
                                target.user, target.vhost),
                    fmt::format("allow it: rabbitmqctl set_permissions -p {} {} '.*' '.*' '.*'",
                                shell_word(target.vhost), shell_word(target.user)))
            .with_code("amqp_530");
    }
    throw_refused(target, code, text);
}

}  // namespace

void open_socket(amqp_connection_state_t_& state, const Target& target, BootTime until) {
    if (const std::string trouble = trouble_with_name(target.host, until); !trouble.empty()) {
        throw_unreachable(target, trouble, "is the name in queue.url right, see batch-config(5)");
    }
    amqp_socket_t* const socket =
        target.secure ? secure_socket(state, target) : amqp_tcp_socket_new(&state);
    if (socket == nullptr) {
        throw Error(ErrorKind::internal, "no memory for a connection to RabbitMQ");
    }
    const auto left = std::max<std::chrono::nanoseconds>(1ms, until - BootClock::now());
    const auto us = std::chrono::ceil<std::chrono::microseconds>(left).count();
    timeval limit{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
    const int status = amqp_socket_open_noblock(socket, target.host.c_str(), target.port, &limit);
    if (status == AMQP_STATUS_OK) {
        set_user_timeout(state, target);
        return;
    }
    if (target.secure) {
        throw_if_insecure(target, status);
    }
    throw_unreachable(
        target, status == AMQP_STATUS_TIMEOUT ? "it does not answer in time" : cause_of(target));
}

void throw_login_failure(const Target& target, const amqp_rpc_reply_t& reply) {
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
        // Both methods begin alike.
        const auto* const said = static_cast<amqp_connection_close_t*>(reply.reply.decoded);
        throw_not_let_in(target, said->reply_code, text_of(said->reply_text));
    }
    const int status = reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION
                           ? reply.library_error
                           : AMQP_STATUS_CONNECTION_CLOSED;
    if (target.secure && status == AMQP_STATUS_SSL_ERROR) {
        throw_unreachable(target, fmt::format("it has ended TLS{}", about_our_certificate(target)));
    }
    throw_unreachable(
        target, status == AMQP_STATUS_TIMEOUT
                    ? "it takes the connection, but does not speak AMQP 0-9-1 in time"
                    : fmt::format("it does not let us log in: {}", amqp_error_string2(status)));
}

void throw_refused(const Target& target, int code, std::string_view text) {
    const bool is_right = code == AMQP_ACCESS_REFUSED;
    throw Error(is_right ? ErrorKind::permission : ErrorKind::unavailable,
                fmt::format("{} says: {}", target.name(), text),
                is_right ? fmt::format("allow it: rabbitmqctl set_permissions -p {} {} '.*' '.*' "
                                       "'.*'",
                                       shell_word(target.vhost), shell_word(target.user))
                         : "")
        .with_code(fmt::format("amqp_{}", code));
}

std::string server_version_of(amqp_connection_state_t_& state) {
    const amqp_table_t* const properties = amqp_get_server_properties(&state);
    for (int i = 0; properties != nullptr && i < properties->num_entries; ++i) {
        const amqp_table_entry_t& each = properties->entries[i];
        if (text_of(each.key) == "version" && each.value.kind == AMQP_FIELD_KIND_UTF8) {
            return clipped(printable(text_of(each.value.value.bytes)), longest_version);
        }
    }
    return {};
}

}  // namespace batch::amqp
