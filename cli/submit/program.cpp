#include "cli/submit/program.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/placeholder.hpp"
#include "core/os/program.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

/// Where batchd finds programs too, however it was started.
constexpr const char* usual_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string search_path() {
    const char* const path = std::getenv("PATH");
    return path == nullptr || *path == '\0' ? usual_path : path;
}

std::vector<std::string> programs_in(const std::string& path) {
    std::vector<std::string> names;
    for (const std::string& folder : split(path, ':')) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            names.push_back(entry.path().filename());
        }
    }
    return names;
}

Error cannot_run(const std::string& name, const std::string& why, const std::string& hint = {}) {
    return {ErrorKind::usage, fmt::format("cannot run \"{}\": {}; nothing was stored", name, why),
            hint};
}

[[noreturn]] void throw_no_file(const std::string& name, const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        throw cannot_run(name, "there is no such file");
    }
    if (fs::is_directory(file, ignored)) {
        throw cannot_run(name, "it is a folder");
    }
    throw cannot_run(name, "it may not be executed", "make it executable: chmod +x " + name);
}

Program find_in_path(const std::string& name) {
    if (const auto found = find_program(name, search_path())) {
        const fs::path file = fs::absolute(*found);
        const bool is_usual = find_program(name, usual_path) == found;
        return {.word = is_usual ? name : file.string(), .file = file};
    }
    const auto near = closest(name, programs_in(search_path()));
    throw cannot_run(name, "there is no such command in PATH",
                     near ? "did you mean: " + *near : std::string());
}

}  // namespace

Program find_command(const std::vector<std::string>& command, const fs::path& folder,
                     const std::string& typed) {
    const std::string& name = command.front();
    const bool is_line = command.size() == 1 && name.find(' ') != std::string::npos;
    if (!Pattern(name).placeholders().empty() && !is_line) {
        return {.word = name, .file = {}};
    }
    const bool has_slash = name.find('/') != std::string::npos;
    const fs::path file = (folder / name).lexically_normal();
    if (has_slash && find_program(file.string(), "")) {
        return {.word = name, .file = file};
    }
    if (is_line) {
        throw cannot_run(name, "it is a whole line in quotes, and no shell takes it apart",
                         fmt::format("without the quotes: {} {}", typed, name));
    }
    if (has_slash) {
        throw_no_file(name, file);
    }
    return find_in_path(name);
}

}  // namespace batch::cli
