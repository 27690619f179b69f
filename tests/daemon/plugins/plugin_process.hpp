#pragma once

#include "core/plugin/wire.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace batch::testing {

/// A shipped plugin that runs, fed by hand.
class PluginProcess {
public:
    /// Started with these options and ready.
    PluginProcess(const std::string& name, const nlohmann::json& options)
        : wire_{Wire::start(
              {.argv = {std::string{BATCH_BINARY_DIR "/libexec/batch/plugins/"} + name}})} {
        send({{"type", "init"}, {"protocol", 1}, {"options", options}});
        ready = next();
    }

    void send(const nlohmann::json& frame) { wire_.send(frame.dump() + "\n"); }

    void send_raw(const std::string& text) { wire_.send(text); }

    /// The next frame; null when there is none within 10 seconds.
    nlohmann::json next() {
        const auto line = wire_.next_line(BootClock::now() + std::chrono::seconds{10});
        return line ? nlohmann::json::parse(*line) : nlohmann::json{};
    }

    /// The next result or error; what is logged before it goes to `logs`.
    nlohmann::json answer() {
        for (;;) {
            const nlohmann::json frame = next();
            if (frame.is_null() || frame["type"] != "log") {
                return frame;
            }
            logs.push_back(frame);
        }
    }

    Wire& wire() { return wire_; }

    nlohmann::json ready;
    std::vector<nlohmann::json> logs;

private:
    Wire wire_;
};

}  // namespace batch::testing
