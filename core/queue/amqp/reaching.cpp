// The way to a broker, and what may stand in it.

#include "core/queue/amqp/reaching.hpp"

#include "core/base/error.hpp"
#include "core/base/handle.hpp"
#include "core/os/fd.hpp"
#include "core/os/poll.hpp"
#include "core/queue/amqp/bytes.hpp"

#include <amqp_ssl_socket.h>
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
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace batch::amqp {
namespace {

using namespace std::chrono_literals;

constexpr auto time_for_cause = 500ms;
constexpr int amqps_port = 5671;  // IANA
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

[[noreturn]] void throw_unreachable(const Target& target, const std::string& cause) {
    throw Error(ErrorKind::unavailable, target.name() + " cannot be reached: " + cause, start_it)
        .with_code("queue_unreachable");
}

/// Why OpenSSL did not accept the server's certificate; X509_V_OK if it has not been asked.
thread_local int verify_result = X509_V_OK;

int verify(X509_STORE_CTX* store, void*) noexcept {
    const int accepted = X509_verify_cert(store);
    verify_result = accepted == 1 ? X509_V_OK : X509_STORE_CTX_get_error(store);
    return accepted;
}

[[noreturn]] void throw_no_certificate(const std::filesystem::path& path, const char* what) {
    throw Error(ErrorKind::config, fmt::format("{} cannot be read from {}", what, path.string()),
                "it must be in PEM form, and readable: ls -l " + path.string());
}

amqp_socket_t* secure_socket(amqp_connection_state_t_& state, const Target& target) {
    amqp_socket_t* const socket = amqp_ssl_socket_new(&state);
    if (socket == nullptr) {
        throw Error(ErrorKind::internal, "TLS cannot be set up");
    }
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    if (amqp_ssl_socket_set_cacert(socket, target.ca_file.c_str()) != AMQP_STATUS_OK) {
        throw_no_certificate(target.ca_file, "the authority's certificate");
    }
    if (!target.cert_file.empty() &&
        amqp_ssl_socket_set_key(socket, target.cert_file.c_str(), target.key_file.c_str()) !=
            AMQP_STATUS_OK) {
        throw_no_certificate(target.cert_file, "the client's certificate and its key");
    }
    verify_result = X509_V_OK;
    SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket)),
                                     verify, nullptr);
    return socket;
}

[[noreturn]] void throw_insecure(const Target& target, int status) {
    const auto refuse = [&](const std::string& why, const std::string& hint) {
        throw Error(ErrorKind::config, fmt::format("{} is not trusted: {}", target.name(), why),
                    hint)
            .with_code("queue_untrusted");
    };
    if (verify_result != X509_V_OK) {
        refuse(X509_verify_cert_error_string(verify_result),
               "name the authority that has signed it: queue.ca_file = \"/path/ca.pem\"");
    }
    if (status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED) {
        refuse(fmt::format("its certificate is not for \"{}\"", target.host),
               "write the host in queue.url as it stands in the certificate");
    }
    throw Error(ErrorKind::unavailable,
                fmt::format("{} does not agree on TLS 1.2 or newer, or wants a client certificate: "
                            "{}",
                            target.name(), amqp_error_string2(status)),
                "look at what it offers: openssl s_client -connect HOST:PORT")
        .with_code("queue_unreachable");
}

bool is_about_tls(int status) {
    return status == AMQP_STATUS_SSL_ERROR || status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED ||
           status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED ||
           status == AMQP_STATUS_SSL_CONNECTION_FAILED;
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
                    fmt::format("for the vhost \"/\" leave it away: queue.url = \"{}://{}{}\"",
                                target.secure ? "amqps" : "amqp", target.host,
                                target.port == (target.secure ? amqps_port : AMQP_PROTOCOL_PORT)
                                    ? ""
                                    : fmt::format(":{}", target.port)));
    }
    throw Error(ErrorKind::config,
                fmt::format("{} has no vhost \"{}\"", target.name(), target.vhost),
                fmt::format("make it: rabbitmqctl add_vhost {}", target.vhost));
}

[[noreturn]] void throw_not_let_in(const Target& target, int code, std::string_view text) {
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
                                target.vhost, target.user))
            .with_code("amqp_530");
    }
    throw_refused(target, code, text);
}

}  // namespace

void open_socket(amqp_connection_state_t_& state, const Target& target, BootTime until) {
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
    if (target.secure && is_about_tls(status)) {
        throw_insecure(target, status);
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
    throw_unreachable(
        target, status == AMQP_STATUS_TIMEOUT
                    ? "it takes the connection, but does not speak AMQP 0-9-1 in time"
                    : fmt::format("it does not let us log in: {}", amqp_error_string2(status)));
}

void throw_refused(const Target& target, int code, std::string_view text) {
    const ErrorKind kind =
        code == AMQP_ACCESS_REFUSED ? ErrorKind::permission : ErrorKind::unavailable;
    throw Error(kind, fmt::format("{} says: {}", target.name(), text))
        .with_code(fmt::format("amqp_{}", code));
}

std::string server_version_of(amqp_connection_state_t_& state) {
    const amqp_table_t* const properties = amqp_get_server_properties(&state);
    for (int i = 0; properties != nullptr && i < properties->num_entries; ++i) {
        const amqp_table_entry_t& each = properties->entries[i];
        if (text_of(each.key) == "version" && each.value.kind == AMQP_FIELD_KIND_UTF8) {
            return text_of(each.value.value.bytes);
        }
    }
    return {};
}

}  // namespace batch::amqp
