#pragma once

#include "tests/daemon/plugins/plugin_process.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace batch::testing {

/// What a program prints.
std::string output_of(const std::vector<std::string>& argv);

/// chromium, with a folder for each item.
class Printer {
public:
    Printer();
    explicit Printer(const nlohmann::json& options, const std::string& jail = "required");

    /// The page comes as a file: a pipe does not take a long one at once.
    void send(int id, const std::string& html);
    void send(int id, const std::string& html, const nlohmann::json& more);

    /// Item 1 and its answer.
    nlohmann::json print(const std::string& html);
    nlohmann::json print(const std::string& html, const nlohmann::json& more);

    std::filesystem::path pdf(int id = 1) const;

    /// Of the PDF.
    std::string text(int id = 1) const;

    /// A PDF is there, whole.
    bool has(int id = 1) const;

    /// Pids of the browser's processes whose command line has this in it.
    static std::vector<pid_t> processes(const std::string& part);

    /// The one that the plugin talks to.
    static pid_t browser();

    /// A page is being laid out: one of the renderers has used a quarter of a second.
    static bool is_at_work();

    TempFolder folder;
    PluginProcess process;
};

/// A page that takes its time, but not for ever.
std::string long_page(int rows = 1500);

/// It is there and no zombie.
bool runs(pid_t pid);

}  // namespace batch::testing
