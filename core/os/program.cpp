#include "core/os/program.hpp"

#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;

namespace {

bool can_run(const fs::path& file) {
    struct stat about {};

    return ::stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
           ::access(file.c_str(), X_OK) == 0;
}

bool is_there(const fs::path& file) {
    std::error_code unreadable;
    return fs::is_regular_file(file, unreadable);
}

/// The first file of this name in the folders of `path` that `fits`.
std::optional<fs::path> first_in(std::string_view path, std::string_view name,
                                 bool (*fits)(const fs::path&)) {
    while (!name.empty()) {
        const auto colon = path.find(':');
        const std::string_view folder = path.substr(0, colon);
        if (fs::path file = fs::path{folder.empty() ? "." : folder} / name; fits(file)) {
            return file;
        }
        if (colon == std::string_view::npos) {
            break;
        }
        path.remove_prefix(colon + 1);
    }
    return std::nullopt;
}

}  // namespace

std::optional<fs::path> find_program(std::string_view name, std::string_view path) {
    if (name.find('/') != std::string_view::npos) {
        return can_run(fs::path{name}) ? std::optional{fs::path{name}} : std::nullopt;
    }
    return first_in(path, name, can_run);
}

bool is_in_path(std::string_view name) {
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return name.find('/') != std::string_view::npos ||
           first_in(path != nullptr ? path : "/bin:/usr/bin", name, is_there);
}

}  // namespace batch
