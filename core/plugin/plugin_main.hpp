#pragma once

#include "core/plugin/outbox.hpp"

#include <optional>
#include <span>
#include <vector>

#include <poll.h>

namespace batch::plugin {

/// A plugin written in C++ (batch-plugin(7)).  serve() calls it, on one thread.
///
/// A plugin that answers at once implements the first three.  One that has items in flight (a
/// browser, child processes) keeps what it needs to answer later and takes part in the loop:
/// watch() names its descriptors, handle() is called after every wait with the same descriptors in
/// the same order (`revents` may all be 0: the time of wake_at() has come, or only frames have).
class Plugin {
public:
    virtual ~Plugin() = default;

    /// The manifest.
    virtual Json describe() const = 0;

    /// The first frame.  Answer with outbox.ready(), now or later; throw Refused (class config)
    /// if these options cannot be worked with: that ends the plugin.
    virtual void init(const Json& frame, Outbox& outbox) = 0;

    /// Answer with outbox.result() or outbox.error(), now or later; or throw Refused.
    virtual void item(ItemId id, Json frame, Outbox& outbox) = 0;

    /// The answer is still owed, unless it was sent: usually an error of class cancelled.
    virtual void cancel(ItemId id, Outbox& outbox);

    virtual void watch(std::vector<pollfd>& fds) const;
    virtual std::optional<BootTime> wake_at() const;

    /// A Refused thrown here ends the plugin like one of init().
    virtual void handle(std::span<const pollfd> fds, Outbox& outbox);

    /// {"options":..., "template":...} -> {"errors":[...], "names":[...]}.
    virtual Json lint(const Json& request);

protected:
    Plugin() = default;
    Plugin(const Plugin&) = default;
    Plugin& operator=(const Plugin&) = default;
};

/// The body of a plugin's main(): --describe, --lint, or the frames of standard input until it
/// ends.  Standard output is kept for frames: what else writes to fd 1 ends up on standard error.
/// Returns the exit status: 0, 78 after a refused init, 2 for wrong arguments.
int run(int argc, char** argv, Plugin& plugin);

/// `options` of the frame, an empty object if it has none.
const Json& options_of(const Json& frame);

}  // namespace batch::plugin
