#pragma once

#include "core/base/time.hpp"
#include "core/plugin/frames.hpp"
#include "core/plugin/jail.hpp"
#include "core/plugin/wire.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace batch {

/// How to start a plugin.
struct PluginLaunch {
    std::filesystem::path program = {};
    bool jailed = false;  ///< the plugin itself runs in bubblewrap (manifest: jail)
    JailView view = {};
    std::optional<std::vector<std::string>> env = {};  ///< as of Command
};

/// The command for it, without descriptors.
Command plugin_command(const PluginLaunch& launch);

/// A result frame, kept.
struct PluginResult {
    std::optional<std::string> text = {};
    std::string media_type = {};
    std::string value = {};  ///< JSON text; empty if there is none
    std::vector<FrameFile> files = {};
    std::string deliveries = {};  ///< JSON array; empty if there are none
};

/// One plugin process, one item at a time: for previews, lint and tests, not for the daemon.
class Session {
public:
    /// Starts it and waits for ready.  Throws Error{config} if it refuses or says anything else,
    /// Error{operation} if it dies or is silent for 30 s.
    static Session start(const PluginLaunch& launch, const InitFrame& init);

    /// The id of the frame is replaced.  Throws Error{unfinished} at the timeout.
    std::variant<PluginResult, PluginError> run(ItemFrame item, Millis timeout);

    /// Logs of all items so far, and what it wrote to standard error.
    const std::vector<PluginLog>& logs() const noexcept { return logs_; }

    const std::string& stderr_text() const noexcept { return wire_.stderr_text(); }

    /// End of input; KILL if it has not left after 5 s (then the Exit says so).
    Exit close();

private:
    explicit Session(Wire wire) noexcept : wire_{std::move(wire)} {}

    Answer next(BootTime deadline);

    Wire wire_;
    AnswerReader reader_;
    std::string line_;
    std::uint64_t next_id_ = 1;
    std::vector<PluginLog> logs_;
};

}  // namespace batch
