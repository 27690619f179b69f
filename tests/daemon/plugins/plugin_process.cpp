#include "tests/daemon/plugins/plugin_process.hpp"

#include "core/plugin/catalogue.hpp"
#include "core/plugin/jail.hpp"
#include "core/plugin/session.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

#include "tree.hpp"

namespace batch::testing {

using nlohmann::json;

namespace {

constexpr std::chrono::minutes patience{1};

std::string path_of(const std::string& name) {
    return std::string{BATCH_BINARY_DIR "/libexec/batch/plugins/"} + name;
}

Wire start(const std::string& name) {
    const std::string path = path_of(name);
    const bool jailed = describe_plugin(path).jail && !jail_problem();
    return Wire::start(plugin_command({.program = path, .jailed = jailed}));
}

}  // namespace

PluginProcess::PluginProcess(const std::string& name, const json& options,
                             const std::optional<Page>& page, const std::string& jail)
    : wire_{start(name)} {
    json frame{{"type", "init"}, {"protocol", 1}, {"options", options}, {"jail", jail}};
    if (page) {
        frame["template"] = {{"name", page->name}, {"source", page->source}};
    }
    send(frame);
    ready_ = next().dump();
}

json PluginProcess::ready() const {
    return json::parse(ready_);
}

void PluginProcess::send(const json& frame) {
    wire_.send(frame.dump() + "\n");
}

json PluginProcess::next() {
    const auto line = wire_.next_line(BootClock::now() + patience);
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

json PluginProcess::run(const json& row) {
    return run(row, json::object());
}

json PluginProcess::run(const json& row, const json& more) {
    json frame{{"type", "item"}, {"id", 1},      {"batch", "B"}, {"index", 0},
               {"attempt", 1},   {"key", "B/0"}, {"row", row}};
    frame.update(more);
    send(frame);
    return answer();
}

json lint(const std::string& name, const Page& page) {
    Wire wire = Wire::start({.argv = {path_of(name), "--lint"}});
    wire.send(json{{"options", json::object()},
                   {"template", {{"name", page.name}, {"source", page.source}}}}
                  .dump());
    wire.close_input();
    const auto line = wire.next_line(BootClock::now() + patience);
    return line ? json::parse(*line) : json{};
}

}  // namespace batch::testing
