#include "cli/submit/job_entry.hpp"

#include "cli/submit/toml_json.hpp"
#include "cli/templates/templates.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t largest_number = 1'000'000;

}  // namespace

void JobEntry::refuse(std::string_view wanted) const {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is {}, not {}", member.key, kind_of(member.value), wanted))
        .at({file, member.line, member.column});
}

std::string JobEntry::text() const {
    if (const auto* const found = std::get_if<std::string>(&member.value.content)) {
        return *found;
    }
    refuse("a text");
}

bool JobEntry::flag() const {
    if (const auto* const found = std::get_if<bool>(&member.value.content)) {
        return *found;
    }
    refuse("true or false");
}

int JobEntry::number() const {
    return number_of(member.value);
}

int JobEntry::number_of(const TomlValue& value) const {
    const auto* const found = std::get_if<std::int64_t>(&value.content);
    if (found == nullptr) {
        refuse("a number");
    }
    if (*found < 0 || *found > largest_number) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} is {}: numbers are 0 to 1,000,000", member.key, *found))
            .at({file, member.line, member.column});
    }
    return static_cast<int>(*found);
}

std::vector<std::string> JobEntry::texts() const {
    if (std::holds_alternative<std::string>(member.value.content)) {
        return {text()};
    }
    const auto* const list = std::get_if<TomlList>(&member.value.content);
    if (list == nullptr) {
        refuse("a list of texts");
    }
    std::vector<std::string> all;
    for (const TomlValue& each : *list) {
        const auto* const found = std::get_if<std::string>(&each.content);
        if (found == nullptr) {
            refuse("a list of texts");
        }
        all.push_back(*found);
    }
    return all;
}

std::vector<int> JobEntry::numbers() const {
    const auto* const list = std::get_if<TomlList>(&member.value.content);
    if (list == nullptr) {
        return {number()};
    }
    std::vector<int> all;
    for (const TomlValue& each : *list) {
        all.push_back(number_of(each));
    }
    return all;
}

std::vector<std::string> JobEntry::pairs() const {
    const auto* const table = std::get_if<TomlTable>(&member.value.content);
    if (table == nullptr) {
        refuse("a table of texts");
    }
    std::vector<std::string> all;
    for (const TomlMember& each : *table) {
        all.push_back(each.key + "=" + JobEntry{each, file, folder}.text());
    }
    return all;
}

std::string JobEntry::word(std::initializer_list<std::string_view> words) const {
    const std::string found = text();
    if (std::ranges::find(words, found) == words.end()) {
        const std::vector<std::string> all(words.begin(), words.end());
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} is \"{}\", not one of {}", member.key, found, join(all, ", ")))
            .at({file, member.line, member.column});
    }
    return found;
}

std::string JobEntry::path(const std::string& text) const {
    const bool is_relative = !text.empty() && text.front() != '/' && text != "-";
    return is_relative && folder != "." && !folder.empty()
               ? (folder / text).lexically_normal().string()
               : text;
}

std::string JobEntry::template_name() const {
    const std::string name = text();
    return is_template_file(name) ? path(name) : name;
}

std::vector<std::string> command_at(const JobEntry& entry) {
    std::vector<std::string> words = entry.texts();
    if (!words.empty() && words.front().find('/') != std::string::npos) {
        words.front() = fs::absolute(entry.path(words.front())).lexically_normal();
    }
    return words;
}

StepTable step_of(const JobEntry& entry, const TomlValue& value) {
    const auto* const table = std::get_if<TomlTable>(&value.content);
    if (table == nullptr) {
        entry.refuse("a list of plugins or of tables");
    }
    StepTable step{.place = {entry.file, value.line, value.column}};
    Json options = Json::object();
    for (const TomlMember& each : *table) {
        const JobEntry own{each, entry.file, entry.folder};
        if (each.key == "plugin") {
            step.plugin = own.text();
        } else if (each.key == "template") {
            step.template_name = own.template_name();
        } else if (each.key == "command") {
            options["command"] = command_at(own);
        } else if (each.key == "chdir") {
            options["chdir"] = own.path(own.text());
        } else {
            options[each.key] = json_of(each.value);
        }
    }
    if (step.plugin.empty()) {
        throw Error(ErrorKind::bad_input, "this step names no plugin").at(step.place);
    }
    step.options = dump(options);
    return step;
}

}  // namespace batch::cli
