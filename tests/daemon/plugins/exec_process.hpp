#pragma once

#include "tests/daemon/plugins/plugin_process.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace batch::testing {

/// Options of exec for a shell script.
nlohmann::json shell(const std::string& script);

/// exec with one command, and the folder of its item.
class Exec {
public:
    explicit Exec(const nlohmann::json& options);
    explicit Exec(const std::string& script);
    explicit Exec(const char* script);

    void send(int id);
    void send(int id, const nlohmann::json& more);

    /// Item 1 and its answer.
    nlohmann::json run();
    nlohmann::json run(const nlohmann::json& more);

    TempFolder folder;
    PluginProcess process;
};

}  // namespace batch::testing
