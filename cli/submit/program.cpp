#include "cli/submit/program.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/child.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

std::string search_path() {
    const char* const path = std::getenv("PATH");
    return path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
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

}  // namespace

void check_program(const std::vector<std::string>& command, const fs::path& folder) {
    const std::string& name = command.front();
    if (name.find('{') != std::string::npos && name.find(' ') == std::string::npos) {
        return;  // chosen by the row
    }
    if (name.find('/') != std::string::npos) {
        if (fs::exists(folder / name)) {
            return;
        }
    } else if (find_program(name, search_path())) {
        return;
    }
    if (name.find(' ') != std::string::npos && command.size() == 1) {
        throw Error(
            ErrorKind::usage,
            fmt::format(
                "cannot run \"{}\": it is a whole line in quotes, and no shell takes it apart; "
                "nothing was stored",
                name),
            fmt::format("without the quotes: batchctl run ROWS -- {}", name));
    }
    if (name.find('/') != std::string::npos) {
        throw Error(
            ErrorKind::usage,
            fmt::format("cannot run \"{}\": there is no such file; nothing was stored", name));
    }
    const auto near = closest(name, programs_in(search_path()));
    throw Error(
        ErrorKind::usage,
        fmt::format("cannot run \"{}\": there is no such command in PATH; nothing was stored",
                    name),
        near ? "did you mean: " + *near : std::string());
}

}  // namespace batch::cli
