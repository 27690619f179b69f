#include "tests/daemon/plugins/exec_process.hpp"

#include <nlohmann/json.hpp>

namespace batch::testing {

using nlohmann::json;

json shell(const std::string& script) {
    return {{"command", {"/bin/sh", "-c", script}}};
}

Exec::Exec(const json& options) : process{"exec", options} {}

Exec::Exec(const std::string& script) : Exec{shell(script)} {}

Exec::Exec(const char* script) : Exec{shell(script)} {}

void Exec::send(int id) {
    send(id, json::object());
}

void Exec::send(int id, const json& more) {
    json frame{{"type", "item"}, {"id", id},      {"batch", "B"},  {"index", 17},
               {"attempt", 2},   {"key", "B/17"}, {"row", "text"}, {"dir", folder.path().native()}};
    frame.update(more);
    process.send(frame);
}

json Exec::run() {
    return run(json::object());
}

json Exec::run(const json& more) {
    send(1, more);
    return process.answer();
}

}  // namespace batch::testing
