#include "core/auth/listener.hpp"

#include "core/auth/challenge.hpp"
#include "core/auth/pages.hpp"
#include "core/base/error.hpp"
#include "core/os/peer.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace batch::auth {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;       // for a request, and again for its answer to be taken
constexpr auto last_patience = 2s;  // for the page at the very end
constexpr std::size_t most_connections = 32;
constexpr int backlog = 128;

/// A loopback address in the form that bind(2) takes.
struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;

    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&bytes); }
};

Address loopback(Family family, std::uint16_t port) {
    Address address;
    if (family == Family::v6) {
        auto& six = reinterpret_cast<sockaddr_in6&>(address.bytes);
        six.sin6_family = AF_INET6;
        six.sin6_addr = in6addr_loopback;
        six.sin6_port = htons(port);
        address.size = sizeof six;
    } else {
        auto& four = reinterpret_cast<sockaddr_in&>(address.bytes);
        four.sin_family = AF_INET;
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        four.sin_port = htons(port);
        address.size = sizeof four;
    }
    return address;
}

std::uint16_t port_of(int fd) {
    Address address;
    address.size = sizeof address.bytes;
    if (::getsockname(fd, address.get(), &address.size) != 0) {
        throw system_error("ask for the port", errno);
    }
    return ntohs(address.bytes.ss_family == AF_INET6
                     ? reinterpret_cast<sockaddr_in6&>(address.bytes).sin6_port
                     : reinterpret_cast<sockaddr_in&>(address.bytes).sin_port);
}

[[noreturn]] void throw_taken(std::uint16_t port) {
    throw Error(ErrorKind::conflict, fmt::format("port {} is taken by another program", port),
                "leave --port away: any free one will do");
}

/// Sends what it can within the time, and closes politely.
void send_last(Fd fd, std::string_view bytes) {
    const BootTime end = BootClock::now() + last_patience;
    while (!bytes.empty()) {
        const ssize_t count = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        const auto left = std::chrono::ceil<Millis>(end - BootClock::now());
        pollfd wait{.fd = fd.get(), .events = POLLOUT, .revents = 0};
        if ((errno != EAGAIN && errno != EINTR) || left <= 0ms ||
            ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) {
            return;
        }
    }
    ::shutdown(fd.get(), SHUT_WR);
}

}  // namespace

Listener::Listener(std::uint16_t port, Family family) {
    const bool is_bound = family == Family::automatic
                              ? bind_to(port, Family::v4) || bind_to(port, Family::v6)
                              : bind_to(port, family);
    if (!is_bound) {
        throw Error(ErrorKind::operation,
                    fmt::format("this machine has no loopback address{}",
                                family == Family::v6   ? " of IPv6"
                                : family == Family::v4 ? " of IPv4"
                                                       : ""),
                    "see: ip address show lo");
    }
}

Listener::~Listener() = default;

/// False if there is no such address here.
bool Listener::bind_to(std::uint16_t port, Family family) {
    Address address = loopback(family, port);
    Fd fd{::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        return false;
    }
    // The port of a login a minute ago may be taken again; not one that somebody listens on.
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (!fd || ::bind(fd.get(), address.get(), address.size) != 0 ||
        ::listen(fd.get(), backlog) != 0) {
        if (errno == EADDRINUSE) {
            throw_taken(port);
        }
        if (errno == EADDRNOTAVAIL) {
            return false;
        }
        throw system_error("listen on a loopback address", errno);
    }
    port_ = port_of(fd.get());
    authority_ = fmt::format("{}:{}", family == Family::v6 ? "[::1]" : "127.0.0.1", port_);
    fd_ = std::move(fd);
    return true;
}

std::string Listener::redirect_uri() const {
    return "http://" + authority_ + std::string{callback_path};
}

std::string Listener::lead_to(std::string url) {
    entry_ = "/start/" + random_text();
    destination_ = std::move(url);
    return "http://" + authority_ + entry_;
}

void Listener::watch(std::vector<pollfd>& fds) const {
    fds.push_back({.fd = fd_.get(), .events = POLLIN, .revents = 0});
    for (const Connection& connection : connections_) {
        const auto out = static_cast<short>(connection.out.empty() ? 0 : POLLOUT);
        fds.push_back(
            {.fd = connection.fd.get(), .events = static_cast<short>(POLLIN | out), .revents = 0});
    }
}

std::optional<BootTime> Listener::wake_at() const {
    std::optional<BootTime> earliest;
    for (const Connection& connection : connections_) {
        earliest = std::min(earliest.value_or(connection.deadline), connection.deadline);
    }
    return earliest;
}

std::optional<CallbackAnswer> Listener::handle(std::span<const pollfd> fds,
                                               const CallbackRules& rules) {
    const BootTime now = BootClock::now();
    std::size_t place = 1;
    for (auto each = connections_.begin(); each != connections_.end() && !found_; ++place) {
        const bool goes_on = now < each->deadline && serve(*each, fds[place].revents, rules);
        each = goes_on ? std::next(each) : connections_.erase(each);
    }
    if (!found_ && (fds[0].revents & POLLIN) != 0) {
        accept_all();
    }
    return std::exchange(found_, std::nullopt);
}

void Listener::accept_all() {
    for (;;) {
        Fd fd{::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (!fd) {
            return;
        }
        if (connections_.size() == most_connections) {
            connections_.pop_front();
        }
        connections_.push_back({.fd = std::move(fd), .deadline = BootClock::now() + patience});
    }
}

/// False when it is over.
bool Listener::serve(Connection& connection, short events, const CallbackRules& rules) {
    if (events == 0) {
        return true;
    }
    if (!connection.out.empty() && !send(connection)) {
        return false;
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) == 0) {
        return true;
    }
    if (!receive(connection)) {
        return false;
    }
    if (!connection.answered &&
        (is_complete(connection.in) || connection.in.size() >= longest_request)) {
        answer(connection, rules);
        return connection.fd && send(connection);
    }
    return true;
}

/// False at the end of input, and for what is no HTTP (a TLS hello begins with 22).
bool Listener::receive(Connection& connection) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) {
        return count < 0 && (errno == EAGAIN || errno == EINTR);
    }
    if (!connection.answered) {
        connection.in.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return connection.in.empty() || connection.in.front() != '\x16';
}

void Listener::answer(Connection& connection, const CallbackRules& rules) {
    CallbackRules ours = rules;
    ours.entry = entry_;
    const Verdict verdict = is_complete(connection.in)
                                ? judge(connection.in, ours)
                                : Verdict{.status = 431, .page = Page::bad_request};
    cleanse(connection.in);
    connection.answered = true;
    strangers_ += verdict.is_wrong_state ? 1 : 0;
    if (verdict.answer) {
        found_ = verdict.answer;
        winner_ = std::move(connection.fd);
        return;
    }
    connection.out =
        verdict.is_entry ? enter(connection.fd.get()) : page_response(verdict.status, verdict.page);
    if (verdict.has_no_body) {
        connection.out.resize(connection.out.find("\r\n\r\n") + 4);
    }
    connection.deadline = BootClock::now() + patience;
}

/// Who else sees the address, in the list of processes, is not led there.
std::string Listener::enter(int fd) {
    if (!is_peer_of(::geteuid(), fd)) {
        ++strangers_;
        return page_response(403, Page::stranger);
    }
    const std::string url = std::exchange(destination_, {});
    return url.empty() ? page_response(410, Page::used) : redirect_response(url);
}

/// False if nobody takes it.  After the last byte the other side closes, or its time is up.
bool Listener::send(Connection& connection) {
    const ssize_t count =
        ::send(connection.fd.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    connection.out.erase(0, static_cast<std::size_t>(count));
    if (connection.out.empty()) {
        ::shutdown(connection.fd.get(), SHUT_WR);
    }
    return true;
}

void Listener::finish(Page page) {
    if (winner_) {
        send_last(std::move(winner_), page_response(200, page));
    }
}

}  // namespace batch::auth
