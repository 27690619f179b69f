#pragma once

#include "core/plugin/wire.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace batch::testing {

/// A shipped plugin that runs, fed by hand.
class PluginProcess {
public:
    /// Started with these options; it has answered.
    PluginProcess(const std::string& name, const nlohmann::json& options);

    /// Its answer to init.
    nlohmann::json ready() const;

    void send(const nlohmann::json& frame);

    void send_raw(const std::string& text) { wire_.send(text); }

    /// The next frame; null when there is none within 10 seconds.
    nlohmann::json next();

    /// The next result or error; logs before it are put aside.
    nlohmann::json answer();
    std::vector<nlohmann::json> logs() const;

    Wire& wire() { return wire_; }

private:
    Wire wire_;
    std::string ready_;
    std::vector<std::string> logs_;
};

}  // namespace batch::testing
