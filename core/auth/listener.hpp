#pragma once

#include "core/auth/callback.hpp"
#include "core/base/time.hpp"
#include "core/os/fd.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <poll.h>

namespace batch::auth {

enum class Family : std::uint8_t { automatic, v4, v6 };

/// Waits on a loopback address for the browser to come back (RFC 8252, section 7.3).
///
/// Takes part in a loop: watch() names its descriptors, handle() is called after every wait with
/// the same descriptors in the same order.  Each connection has five seconds for its request,
/// however it spends them; of more than 32 the oldest goes, so idle ones keep nobody out.
class Listener {
public:
    /// Bound and listening when this returns, so the browser may be opened.  Port 0: any that is
    /// free.  Automatic: 127.0.0.1, or ::1 on a machine without.
    /// Throws Error{conflict} if the port is taken, Error{operation} if there is no loopback.
    explicit Listener(std::uint16_t port, Family family = Family::automatic);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    /// "127.0.0.1:41873".
    const std::string& authority() const noexcept { return authority_; }

    std::string redirect_uri() const;

    /// An address of ours that leads a browser of this user to this one, once.  It may stand where
    /// others see it, as on a command line: what the login is known by does not stand in it.
    std::string lead_to(std::string url);

    void watch(std::vector<pollfd>& fds) const;
    std::optional<BootTime> wake_at() const;

    /// The first answer that counts; its browser waits for finish().
    std::optional<CallbackAnswer> handle(std::span<const pollfd> fds, const CallbackRules& rules);

    /// What the browser that brought the answer is shown.  Nothing without one.
    void finish(Page page);

    /// Requests that had the wrong state.
    std::size_t strangers() const noexcept { return strangers_; }

private:
    struct Connection {
        Fd fd;
        BootTime deadline;
        std::string in = {};
        std::string out = {};
        bool answered = false;  ///< all that is left is to send `out` and to see the end
    };

    bool bind_to(std::uint16_t port, Family family);
    void accept_all();
    bool serve(Connection& connection, short events, const CallbackRules& rules);
    bool receive(Connection& connection);
    void answer(Connection& connection, const CallbackRules& rules);
    std::string enter(int fd);
    static bool send(Connection& connection);

    Fd fd_;
    std::uint16_t port_ = 0;
    std::string authority_;
    std::list<Connection> connections_;
    std::optional<CallbackAnswer> found_;
    Fd winner_;
    std::size_t strangers_ = 0;
    std::string entry_;        ///< a path; empty: there is none
    std::string destination_;  ///< empty: somebody was led there already
};

}  // namespace batch::auth
