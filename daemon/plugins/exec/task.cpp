#include "daemon/plugins/exec/task.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/plugin/frames.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace batch::exec {

namespace {

Error wrong(std::string_view option, std::string_view should) {
    return {ErrorKind::config, fmt::format("option \"{}\" of exec is {}", option, should)};
}

template <typename Value>
void read(const Json& options, const char* name, std::string_view should, Value& value) {
    const auto found = options.find(name);
    if (found == options.end()) {
        return;
    }
    try {
        value = found->template get<Value>();
    } catch (const nlohmann::json::exception&) {
        throw wrong(name, should);
    }
}

void check_command(const std::vector<std::string>& command) {
    if (command.empty() || command.front().empty()) {
        throw Error(ErrorKind::config, "exec needs a command");
    }
}

Keep keep_of(const Json& options) {
    const auto word = options.value("stdout", Json("text"));
    if (word == "text") {
        return Keep::text;
    }
    if (word == "json") {
        return Keep::json;
    }
    if (word == "none") {
        return Keep::none;
    }
    throw wrong("stdout", "text, json or none");
}

std::vector<std::string> env_of(const Json& options) {
    std::vector<std::string> env;
    const Json wanted = options.value("env", Json::object());
    for (const auto& [name, value] : wanted.items()) {
        if (!value.is_string()) {
            throw wrong("env", "an object of texts");
        }
        env.push_back(name + '=' + value.get<std::string>());
    }
    return env;
}

std::string digits_of(std::string_view raw) {
    return std::string{raw.substr(0, raw.find_first_not_of("0123456789"))};
}

std::string first_file(std::string_view input) {
    std::string_view files;
    for_each_member(input, [&](std::string_view key, std::string_view value) {
        if (key == "\"files\"") {
            files = value;
        }
    });
    const auto list = files_of(files);
    return list.empty() ? std::string{} : list.front().path;
}

void take_member(Task& task, std::string_view key, std::string_view value) {
    if (key == "\"id\"") {
        std::from_chars(value.data(), value.data() + value.size(), task.id);
    } else if (key == "\"batch\"") {
        task.batch = json_text(value);
    } else if (key == "\"key\"") {
        task.key = json_text(value);
    } else if (key == "\"index\"") {
        task.index = digits_of(value);
    } else if (key == "\"attempt\"") {
        task.attempt = digits_of(value);
    } else if (key == "\"row\"") {
        task.input = json_text(value) + '\n';
    } else if (key == "\"input\"") {
        task.input_file = first_file(value);
    } else if (key == "\"dir\"") {
        task.folder = json_text(value);
    } else if (key == "\"options\"") {
        task.options = parse_options(value);
    }
}

}  // namespace

Options parse_options(std::string_view json) {
    const Json tree = parse_json(json, "the options of exec");
    Options options;
    read(tree, "command", "a list of texts", options.command);
    read(tree, "chdir", "a text", options.chdir);
    read(tree, "success_codes", "a list of numbers", options.success_codes);
    read(tree, "retry_on", "a list of numbers", options.retry_on);
    read(tree, "no_retry_on", "a list of numbers", options.no_retry_on);
    read(tree, "log_size", "a number of bytes", options.log_size);
    read(tree, "output_size", "a number of bytes", options.output_size);
    options.keep = keep_of(tree);
    options.env = env_of(tree);
    check_command(options.command);
    return options;
}

Task parse_task(std::string_view frame, const Options& options) {
    Task task{.options = options};
    for_each_member(frame, [&](std::string_view key, std::string_view value) {
        take_member(task, key, value);
    });
    return task;
}

}  // namespace batch::exec
