#include "core/config/loader.hpp"

#include "core/base/text.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <set>
#include <utility>

#include <unistd.h>

namespace batch {

namespace {

constexpr std::size_t max_file = std::size_t{1} << 20U;

/// Variables that are ours and no setting: what a command's environment has, and the places of
/// files.
constexpr std::array<std::string_view, 11> other_variables{
    "BATCH_CONFIG",     "BATCH_ACCESS_TOKEN", "BATCH_ACCESS_TOKEN_FILE", "BATCH_ID",
    "BATCH_ITEM_INDEX", "BATCH_ITEM_KEY",     "BATCH_ITEM_ATTEMPT",      "BATCH_INPUT_FILE",
    "BATCH_OUTPUT_DIR", "BATCH_WORKER",       "BATCH_CHROMIUM"};

std::size_t index_of(std::string_view name) {
    const auto all = config_keys();
    return static_cast<std::size_t>(std::ranges::find(all, name, &ConfigKey::name) - all.begin());
}

std::string section_of(std::string_view key) {
    return std::string(key.substr(0, key.rfind('.')));
}

std::vector<std::string> sections() {
    std::set<std::string> names;
    for (const ConfigKey& key : config_keys()) {
        names.insert(section_of(key.name));
    }
    return {names.begin(), names.end()};
}

std::vector<std::string> keys_of(const std::string& section) {
    std::vector<std::string> names;
    for (const ConfigKey& key : config_keys()) {
        if (section_of(key.name) == section) {
            names.emplace_back(key.name.substr(section.size() + 1));
        }
    }
    return names;
}

std::string did_you_mean(const std::optional<std::string>& near, std::string_view form) {
    return near ? "; did you mean " + fmt::format(fmt::runtime(form), *near) + "?" : "";
}

bool is_section(const std::string& name) {
    const auto all = sections();
    return std::ranges::find(all, name) != all.end();
}

/// `name` is the whole dotted key.
std::string unknown_key(const std::string& name) {
    const auto dot = name.rfind('.');
    const std::string section = dot == std::string::npos ? "" : name.substr(0, dot);
    const std::string word = name.substr(dot + 1);  // all of it if there is no dot
    if (is_section(section)) {
        return fmt::format("\"{}\" is no key of [{}]{}", word, section,
                           did_you_mean(closest(word, keys_of(section)), "\"{}\""));
    }
    const std::string& wrong = section.empty() ? word : section;
    return fmt::format("there is no section [{}]{}", wrong,
                       did_you_mean(closest(wrong, sections()), "[{}]"));
}

}  // namespace

Loader::Loader(const ConfigRequest& request) : request_(request) {
    config_.folders = folders(request.mode, request.environment);
    config_.folders.etc = request.etc;
    config_.settings.mode = request.mode;
    config_.settings.state.path = config_.folders.state / "state.db";
    config_.origins.assign(config_keys().size(), "default");
}

void Loader::read_files() {
    const std::string named(value_of(request_.environment, "BATCH_CONFIG"));
    if (request_.file || !named.empty()) {
        const auto path = request_.file.value_or(named);
        if (::access(path.c_str(), R_OK) != 0) {
            const int reason = errno;
            throw Error(ErrorKind::config, system_error("read " + path.string(), reason).what());
        }
        read_file(path);
        return;
    }
    read_sources(config_.folders.etc);
    if (!config_.folders.config.empty()) {
        read_sources(config_.folders.config);
    }
}

void Loader::read_sources(const std::filesystem::path& folder) {
    read_file(folder / "config.toml");
    read_folder(folder / "conf.d");
}

void Loader::read_folder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;  // a missing folder has no files; a locked one neither
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".toml") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
        read_file(file);
    }
}

void Loader::read_file(const std::filesystem::path& path) {
    if (::access(path.c_str(), F_OK) != 0) {
        return;
    }
    if (::access(path.c_str(), R_OK) != 0) {
        // A file of the system that only its daemon may read must not stop a user's own.
        config_.warnings.push_back(
            fmt::format("{} cannot be read; its settings are not used", path.string()));
        return;
    }
    file_ = path.string();
    config_.files.push_back(path);
    try {
        read_table(parse_toml(batch::read_file(path, max_file), file_, ErrorKind::config), "");
    } catch (const Error& error) {
        problems_.push_back(error);
    }
}

void Loader::read_table(const TomlTable& table, const std::string& prefix) {
    for (const TomlMember& member : table) {
        read_member(member, prefix + member.key);
    }
}

void Loader::read_member(const TomlMember& member, const std::string& name) {
    const Place place{file_, member.line, member.column};
    const std::size_t index = index_of(name);
    if (index == config_keys().size()) {
        const auto* table = std::get_if<TomlTable>(&member.value.content);
        if (table != nullptr && is_section(name)) {
            read_table(*table, name + '.');
        } else {
            problems_.push_back(Error(ErrorKind::config, unknown_key(name)).at(place));
        }
        return;
    }
    try {
        config_keys()[index].read(config_.settings,
                                  {member.value, name, config_.folders.home, false});
        config_.origins[index] = fmt::format("{}:{}", file_, member.line);
    } catch (const Error& error) {
        problems_.push_back(error.at(place));
    }
}

void Loader::read_variables() {
    const auto begin = request_.environment.lower_bound("BATCH_");
    for (auto entry = begin;
         entry != request_.environment.end() && entry->first.starts_with("BATCH_"); ++entry) {
        const auto& [name, text] = *entry;
        const auto keys = config_keys();
        const auto found = std::ranges::find_if(
            keys, [&name = name](const ConfigKey& key) { return variable_of(key.name) == name; });
        if (found == keys.end()) {
            warn_about(name);
        } else if (!text.empty()) {
            read_variable(static_cast<std::size_t>(found - keys.begin()), name, text);
        }
    }
}

void Loader::read_variable(std::size_t index, const std::string& name, const std::string& text) {
    const TomlValue value{.content = text};
    try {
        config_keys()[index].read(config_.settings, {value, name, config_.folders.home, true});
        config_.origins[index] = name;
    } catch (const Error& error) {
        problems_.push_back(error);
    }
}

void Loader::warn_about(const std::string& variable) {
    if (std::ranges::find(other_variables, variable) != other_variables.end()) {
        return;
    }
    std::vector<std::string> known(other_variables.begin(), other_variables.end());
    for (const ConfigKey& key : config_keys()) {
        known.push_back(variable_of(key.name));
    }
    config_.warnings.push_back(fmt::format("the variable {} means nothing{}", variable,
                                           did_you_mean(closest(variable, known), "{}")));
}

void Loader::refuse_queue() {
    const std::string& url = config_.settings.queue.url;
    if (url == "local:" || url.starts_with("amqp://") || url.starts_with("amqps://")) {
        return;
    }
    constexpr std::array<std::string_view, 3> kinds{"local:", "amqp:", "amqps:"};
    // Only the scheme: the rest may hold a password.
    const auto colon = url.find(':');
    const std::string shown = colon == std::string::npos ? url : url.substr(0, colon + 1);
    const auto near = closest(shown, kinds);
    const auto& origin = config_.origins[index_of("queue.url")];
    problems_.emplace_back(
        ErrorKind::config,
        fmt::format("queue.url ({}): this version has no queue \"{}\"{}", origin, shown,
                    did_you_mean(near != shown ? near : std::nullopt, "\"{}\"")),
        "one of: \"local:\", which needs no server, \"amqp://HOST\", \"amqps://HOST\"");
}

Config Loader::finish() {
    if (request_.state) {
        config_.settings.state.path = std::filesystem::absolute(*request_.state).lexically_normal();
        config_.origins[index_of("state.path")] = "--state";
    }
    if (request_.log_format) {
        read_variable(index_of("log.format"), "--log-format", *request_.log_format);
    }
    refuse_queue();
    if (problems_.empty()) {
        return std::move(config_);
    }
    if (problems_.size() == 1) {
        throw problems_.front();
    }
    throw Error(ErrorKind::config,
                fmt::format("{} in the configuration",
                            plural(static_cast<std::int64_t>(problems_.size()), "problem")),
                "every key and its values: man batch-config")
        .with_details(std::move(problems_));
}

}  // namespace batch
