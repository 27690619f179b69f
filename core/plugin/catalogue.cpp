#include "core/plugin/catalogue.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/folders.hpp"
#include "core/os/child.hpp"
#include "core/plugin/wire.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>

namespace batch {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto describe_limit = 5s;
constexpr std::size_t longest_manifest = std::size_t{1} << 20;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool can_run(const fs::path& path) {
    return find_program(path.native(), "").has_value();
}

Error not_executable(const fs::path& path) {
    return {ErrorKind::permission, fmt::format("the plugin {} may not be executed", path.native()),
            fmt::format("make it executable: chmod +x {}", shell_word(path.native()))};
}

Error cannot_describe(const std::string& why) {
    return {ErrorKind::config, "it does not describe itself: " + why,
            "what --describe prints stands in: man batch-plugin"};
}

/// It is not its own fault: a machine that is very busy, or short of memory.
Error cannot_describe_now(const std::string& why) {
    return {ErrorKind::unavailable, "it does not describe itself now: " + why};
}

bool was_ended(const Exit& exit) {
    return exit.signal == SIGKILL || exit.signal == SIGTERM;
}

/// All it prints, in lines or not.
std::string output_of(Wire& wire, BootTime deadline) {
    std::string output;
    while (const auto line = wire.next_line(deadline)) {
        output += *line;
        output += '\n';
        if (output.size() > longest_manifest) {
            throw cannot_describe("it prints more than 1 MiB");
        }
    }
    if (!wire.output_ended()) {
        throw cannot_describe_now("it takes longer than 5 seconds");
    }
    return output;
}

Manifest describe(const fs::path& path) {
    Wire wire = Wire::start({.argv = {path.native(), "--describe"}});
    wire.close_input();
    const BootTime deadline = BootClock::now() + describe_limit;
    const std::string output = output_of(wire, deadline);
    const auto exit = wire.wait_exit(deadline);
    if (!exit) {
        throw cannot_describe_now("it does not end within 5 seconds");
    }
    if (was_ended(*exit)) {
        throw cannot_describe_now(text_of(*exit));
    }
    if (!exit->ok()) {
        throw cannot_describe(fmt::format(
            "{}{}{}", text_of(*exit), wire.stderr_text().empty() ? "" : ": ", wire.last_words()));
    }
    return parse_manifest(output);
}

}  // namespace

std::vector<fs::path> plugin_folders(const fs::path& user_data, const std::vector<fs::path>& more) {
    std::vector<fs::path> folders;
    const auto add = [&](const fs::path& folder) {
        if (std::ranges::find(folders, folder) == folders.end()) {
            folders.push_back(folder);
        }
    };
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    if (fs::is_directory(program / "libexec/batch/plugins", ignored)) {
        add(program / "libexec/batch/plugins");  // build tree
    } else {
        add((program / "../libexec/batch/plugins").lexically_normal());
    }
    add("/usr/local/libexec/batch/plugins");
    if (!user_data.empty()) {
        add(user_data / "plugins");
    }
    std::ranges::for_each(more, add);
    return folders;
}

Catalogue::Catalogue(std::vector<fs::path> folders, fs::path home)
    : folders_{std::move(folders)}, home_{std::move(home)} {}

fs::path Catalogue::find(std::string_view name, const Typed& typed) const {
    std::optional<fs::path> found;
    for (const fs::path& folder : folders_) {
        fs::path path = folder / name;
        if (is_plugin_name(name) && can_run(path)) {
            return path;
        }
        if (is_plugin_name(name) && !found && is_file(path)) {
            found = path;
        }
    }
    if (found) {
        throw not_executable(*found);
    }
    std::vector<std::string> names;
    std::ranges::transform(list(), std::back_inserter(names), &InstalledPlugin::name);
    const auto near = closest(name, names);
    throw Error(ErrorKind::not_found,
                fmt::format("there is no plugin \"{}\"; looked in {}", name, looked_in()),
                near ? fmt::format("did you mean: {}", typed.say(*near))
                     : "see which there are: batchctl plugin list");
}

fs::path Catalogue::find_or_path(std::string_view name_or_path) const {
    if (name_or_path.find('/') == std::string_view::npos) {
        return find(name_or_path, {.flag = "batchctl plugin test"});
    }
    fs::path path{name_or_path};
    if (!is_file(path)) {
        throw Error(ErrorKind::not_found, fmt::format("there is no plugin {}", path.native()),
                    "see which are installed: batchctl plugin list");
    }
    if (!can_run(path)) {
        throw not_executable(path);
    }
    return path;
}

std::vector<InstalledPlugin> Catalogue::list() const {
    std::map<std::string, fs::path> found;
    for (const fs::path& folder : folders_) {
        std::error_code unreadable;
        for (const auto& entry : fs::directory_iterator{folder, unreadable}) {
            std::string name = entry.path().filename();
            if (is_plugin_name(name) && can_run(entry.path())) {
                found.emplace(std::move(name), entry.path());
            }
        }
    }
    std::vector<InstalledPlugin> plugins;
    plugins.reserve(found.size());
    for (const auto& [name, path] : found) {
        plugins.push_back({.name = name, .path = path});
    }
    return plugins;
}

std::string Catalogue::looked_in() const {
    std::vector<std::string> texts;
    for (const fs::path& folder : folders_) {
        texts.push_back(shorten_home(folder, home_));
    }
    return join(texts, ", ");
}

Manifest describe_plugin(const fs::path& path) {
    const fs::path absolute = path.has_parent_path() ? path : "." / path;
    try {
        return describe(absolute);
    } catch (const Error& error) {
        throw error.within(fmt::format("plugin {}", path.filename().native()));
    }
}

}  // namespace batch
