#include "tests/daemon/plugins/plugin_process.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

#include "tree.hpp"

namespace batch::testing {

using nlohmann::json;

PluginProcess::PluginProcess(const std::string& name, const json& options)
    : wire_{
          Wire::start({.argv = {std::string{BATCH_BINARY_DIR "/libexec/batch/plugins/"} + name}})} {
    send({{"type", "init"}, {"protocol", 1}, {"options", options}});
    ready_ = next().dump();
}

json PluginProcess::ready() const {
    return json::parse(ready_);
}

void PluginProcess::send(const json& frame) {
    wire_.send(frame.dump() + "\n");
}

json PluginProcess::next() {
    const auto line = wire_.next_line(BootClock::now() + std::chrono::seconds{10});
    return line ? json::parse(*line) : json{};
}

json PluginProcess::answer() {
    for (;;) {
        json frame = next();
        if (frame.is_null() || frame["type"] != "log") {
            return frame;
        }
        logs_.push_back(frame.dump());
    }
}

std::vector<json> PluginProcess::logs() const {
    std::vector<json> frames;
    for (const std::string& log : logs_) {
        frames.push_back(json::parse(log));
    }
    return frames;
}

}  // namespace batch::testing
