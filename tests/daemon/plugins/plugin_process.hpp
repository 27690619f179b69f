#pragma once

#include "core/plugin/wire.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace batch::testing {

/// The file of a template and what stands in it.
struct Page {
    std::string name;
    std::string source;
};

/// A shipped plugin that runs, fed by hand.
class PluginProcess {
public:
    /// Started with these options; it has answered.  In bubblewrap if its manifest asks for that
    /// and it works here.
    PluginProcess(const std::string& name, const nlohmann::json& options,
                  const std::optional<Page>& page = std::nullopt,
                  const std::string& jail = "required");

    /// Its answer to init.
    nlohmann::json ready() const;

    void send(const nlohmann::json& frame);

    void send_raw(const std::string& text) { wire_.send(text); }

    /// The next frame; null when there is none within a minute.
    nlohmann::json next();

    /// The next result or error; logs before it are put aside.
    nlohmann::json answer();
    std::vector<nlohmann::json> logs() const;

    Wire& wire() { return wire_; }

    /// The item's answer; its id is 1.
    nlohmann::json run(const nlohmann::json& row);
    nlohmann::json run(const nlohmann::json& row, const nlohmann::json& more);

private:
    Wire wire_;
    std::string ready_;
    std::vector<std::string> logs_;
};

/// What `NAME --lint` says of a template.
nlohmann::json lint(const std::string& name, const Page& page);

}  // namespace batch::testing
