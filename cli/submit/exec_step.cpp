#include "cli/submit/exec_step.hpp"

#include "cli/submit/program.hpp"
#include "core/base/text.hpp"
#include "core/model/placeholder.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

Error nothing_stored(ErrorKind kind, const std::string& message, const std::string& hint = {}) {
    return {kind, message + "; nothing was stored", hint};
}

fs::path current_folder() {
    std::error_code gone;
    fs::path folder = fs::current_path(gone);
    if (gone) {
        throw nothing_stored(ErrorKind::not_found,
                             "the command cannot run in the current folder, which is gone",
                             "name another one: --chdir DIR");
    }
    return folder;
}

fs::path folder_of(const Json& options, const SubmitOptions& flags) {
    const std::string own = options.value("chdir", "");
    const std::string& typed = own.empty() ? flags.chdir : own;
    if (typed.empty()) {
        return current_folder();
    }
    const fs::path folder = fs::absolute(typed).lexically_normal();
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
        throw nothing_stored(ErrorKind::not_found,
                             fmt::format("there is no folder \"{}\" to run the command in", typed));
    }
    return folder;
}

void add_environment(Json& options, const std::vector<std::string>& env) {
    const Json own = options.value("env", Json::object());
    for (const std::string& each : env) {
        const auto sign = each.find('=');
        if (sign == std::string::npos || sign == 0) {
            throw nothing_stored(ErrorKind::usage,
                                 fmt::format("--env \"{}\" is not NAME=VALUE", each));
        }
        const std::string name = each.substr(0, sign);
        if (!own.contains(name)) {
            options["env"][name] = each.substr(sign + 1);
        }
    }
}

void add_codes(Json& options, const char* name, const std::vector<int>& codes) {
    if (!codes.empty() && !options.contains(name)) {
        options[name] = codes;
    }
}

void check_allowed(const Program& program, const Settings& settings) {
    const auto& allowed = settings.plugins.commands;
    if (settings.mode == Mode::system &&
        std::ranges::find(allowed, program.file) == allowed.end()) {
        throw nothing_stored(
            ErrorKind::permission,
            fmt::format("the system's batchd may not run \"{}\": plugins.commands does not name it",
                        program.word),
            "use your own batchd: leave --system away");
    }
}

/// "batchctl run urls.txt --".
std::string typed_before(const SubmitOptions& flags) {
    std::string typed = "batchctl " + flags.verb;
    if (flags.args) {
        typed += " --args";
    }
    for (const std::string& each : flags.operands) {
        typed += " " + shell_word(each);
    }
    return typed + " --";
}

}  // namespace

std::vector<std::string> command_of(const Json& options) {
    std::vector<std::string> words;
    for (const Json& each : options.value("command", Json::array())) {
        words.push_back(each.is_string() ? each.get<std::string>() : std::string());
    }
    return words;
}

void complete_exec(Json& options, const SubmitOptions& flags, const Settings& settings) {
    const std::vector<std::string> command = command_of(options);
    if (command.empty() || command.front().empty()) {
        throw nothing_stored(ErrorKind::usage, "the command is empty");
    }
    const fs::path folder = folder_of(options, flags);
    const Program program = find_command(command, folder, typed_before(flags));
    check_allowed(program, settings);
    if (program.word != command.front()) {
        options["command"][0] = without_placeholders(program.word);
    }
    options["chdir"] = without_placeholders(folder.string());
    if (!options.contains("stdout")) {
        options["stdout"] = flags.standard_output;
    }
    if (!options.contains("log_size")) {
        options["log_size"] = settings.items.log_size;
    }
    if (!options.contains("output_size")) {
        options["output_size"] = settings.outputs.max_size;
    }
    add_environment(options, flags.env);
    add_codes(options, "retry_on", flags.retry_on);
    add_codes(options, "no_retry_on", flags.no_retry_on);
    add_codes(options, "success_codes", flags.success_codes);
}

}  // namespace batch::cli
