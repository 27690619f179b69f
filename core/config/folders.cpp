#include "core/config/folders.hpp"

#include <array>
#include <cstddef>
#include <string>

#include <pwd.h>
#include <unistd.h>

namespace batch {

namespace {

std::filesystem::path home_folder(const Environment& environment) {
    if (const auto home = value_of(environment, "HOME"); home.starts_with('/')) {
        return home;
    }
    constexpr std::size_t enough = 4096;  // names and paths of one line of /etc/passwd
    std::array<char, enough> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr) {
        return found->pw_dir;
    }
    return "/";
}

std::filesystem::path xdg_folder(const Environment& environment, std::string_view variable,
                                 const std::filesystem::path& otherwise) {
    const auto value = value_of(environment, variable);
    return (value.starts_with('/') ? std::filesystem::path(value) : otherwise) / "batch";
}

}  // namespace

Folders folders(Mode mode, const Environment& environment) {
    Folders result;
    result.home = home_folder(environment);
    if (mode == Mode::system) {
        result.state = "/var/lib/batch";
        return result;
    }
    result.config = xdg_folder(environment, "XDG_CONFIG_HOME", result.home / ".config");
    result.state = xdg_folder(environment, "XDG_STATE_HOME", result.home / ".local/state");
    result.data = xdg_folder(environment, "XDG_DATA_HOME", result.home / ".local/share");
    return result;
}

std::filesystem::path expand_home(std::string_view path, const std::filesystem::path& home) {
    if (path == "~") {
        return home;
    }
    return path.starts_with("~/") ? home / path.substr(2) : std::filesystem::path(path);
}

std::string shorten_home(const std::filesystem::path& path, const std::filesystem::path& home) {
    const std::string& text = path.native();
    const std::string& prefix = home.native();
    if (prefix.size() > 1 && text.starts_with(prefix + '/')) {
        return "~" + text.substr(prefix.size());
    }
    return text;
}

std::string shown_path(const std::filesystem::path& path) {
    return shorten_home(path, home_folder(process_environment()));
}

}  // namespace batch
