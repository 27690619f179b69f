#pragma once

#include "core/config/config.hpp"
#include "core/config/keys.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// Puts the sources together, each over the one before; all problems are collected.
class Loader {
public:
    explicit Loader(const ConfigRequest& request);

    void read_files();
    void read_variables();

    /// Throws Error{config} if there was a problem.
    Config finish();

private:
    void read_file(const std::filesystem::path& path);
    void read_folder(const std::filesystem::path& folder);
    void read_sources(const std::filesystem::path& folder);
    void read_table(const TomlTable& table, const std::string& prefix);
    void read_member(const TomlMember& member, const std::string& name);
    void read_variable(std::size_t index, const std::string& name, const std::string& text);
    void warn_about(const std::string& variable);
    void refuse_queue();

    const ConfigRequest& request_;
    Config config_;
    std::string file_;  ///< the one that is being read
    std::vector<Error> problems_;
};

}  // namespace batch
