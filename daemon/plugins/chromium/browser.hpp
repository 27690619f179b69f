#pragma once

#include "core/os/child.hpp"
#include "core/os/fd.hpp"
#include "daemon/plugins/chromium/launch.hpp"
#include "daemon/plugins/chromium/profile.hpp"
#include "daemon/plugins/chromium/pulse.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <poll.h>

namespace batch::chromium {

using Json = nlohmann::json;

/// One command of the DevTools protocol.
struct Call {
    const char* method = "";
    std::string params = "{}";  ///< JSON object
    std::string session = {};   ///< the page it is for; empty: the browser
};

/// What came back: a result, or the browser's words for what is wrong.
struct Reply {
    const Json& result;
    std::string error;      ///< empty if there is none
    std::string_view data;  ///< result.data of a long reply (base64), taken out of `result`
};

/// A running browser at the other end of two pipes (DevTools protocol, one JSON text and a NUL
/// each).  The destructor kills it and all it started.
class Browser {
public:
    using OnReply = std::function<void(const Reply& reply)>;
    using OnEvent = std::function<void(const Json& event)>;

    /// How many descriptors watch() adds.
    static constexpr std::size_t watched = 4;

    /// Throws Error if it cannot be started.
    Browser(const Launch& launch, OnEvent on_event);
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;
    ~Browser();

    /// `owner` names whom the reply is for, see forget().
    void send(const void* owner, const Call& call, OnReply on_reply);

    /// No reply reaches this owner any more.
    void forget(const void* owner);

    void watch(std::vector<pollfd>& fds) const;
    void handle(std::span<const pollfd> fds);

    /// Whether it runs and answers.
    bool is_alive() const noexcept { return alive_; }

    /// To be called now and then while it has something to do: finds out whether it hangs.
    void feel_pulse();

    const Pulse& pulse() const noexcept { return pulse_; }

    const Launch& launch() const noexcept { return launch_; }

    /// The last lines it wrote to standard error.
    const std::string& last_words() const noexcept { return words_; }

private:
    struct Pending {
        const void* owner = nullptr;
        OnReply on_reply;
    };

    Child start();
    void write_some();
    void read_some();
    void read_words();
    void wait_for_silence();
    void take(std::string_view message);

    Launch launch_;
    OnEvent on_event_;
    Fd commands_;
    Fd replies_;
    Fd errors_;
    std::map<std::uint64_t, Pending> pending_;
    std::uint64_t last_id_ = 0;
    std::string out_;
    std::string in_;
    std::string words_;
    bool alive_ = true;
    Pulse pulse_;
    std::optional<Profile> profile_;  ///< absent in a jail
    Child child_;
};

}  // namespace batch::chromium
