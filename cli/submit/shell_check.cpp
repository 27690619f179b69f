#include "cli/submit/shell_check.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/placeholder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace batch::cli {
namespace {

constexpr std::array<std::string_view, 9> shells{"sh",   "bash", "dash", "zsh",  "ksh",
                                                 "mksh", "ash",  "fish", "rbash"};

std::string base_name(const std::string& word) {
    return std::filesystem::path(word).filename();
}

bool is_shell(const std::string& word) {
    return std::ranges::find(shells, base_name(word)) != shells.end();
}

/// "-c", "-ec", "+x": short options of a shell in one word.
bool is_cluster(std::string_view word) {
    return word.size() > 1 && (word[0] == '-' || word[0] == '+') && word[1] != '-';
}

/// Whether the option's value is the next word: -o pipefail, -O extglob, --rcfile FILE.
bool takes_value(std::string_view word) {
    return word == "--rcfile" || word == "--init-file" ||
           (is_cluster(word) && (word.back() == 'o' || word.back() == 'O'));
}

/// The script of the shell at `shell`, as its manual says: the first operand if -c was among the
/// options.
ShellScript script_behind(const std::vector<std::string>& command, std::size_t shell) {
    ShellScript found{.shell = shell};
    for (std::size_t i = shell + 1; i < command.size(); ++i) {
        const std::string& word = command[i];
        const bool is_end = word == "--" || word == "-";
        if (!is_end && (is_cluster(word) || word.starts_with("--"))) {
            if (is_cluster(word) && word.find('c') != std::string::npos) {
                found.option = i;
            }
            i += takes_value(word) ? 1U : 0U;
            continue;
        }
        const std::size_t operand = is_end ? i + 1 : i;
        found.script = found.option > 0 && operand < command.size() ? operand : 0;
        break;
    }
    return found;
}

/// Whether a row fills it in; names with an @ are ours, and {} is the row itself.
bool is_in(const std::vector<std::string>& names, const Placeholder& placeholder) {
    const auto& name = placeholder.name;
    return name.empty() || name.starts_with('@') ||
           std::ranges::find(names, name.substr(0, name.find('.'))) != names.end() ||
           std::ranges::find(names, placeholder.whole) != names.end() ||
           std::ranges::find(names, placeholder.name) != names.end();
}

/// The placeholder at `at` in the script becomes "$1"; quotes around it would end ours.
void replace(std::string& script, const std::string& placeholder, std::size_t number) {
    auto at = script.find(placeholder);
    auto size = placeholder.size();
    const bool has_neighbours = at > 0 && at + size < script.size();
    const char before = has_neighbours ? script[at - 1] : ' ';
    if (has_neighbours && (before == '"' || before == '\'') && script[at + size] == before) {
        --at;
        size += 2;
    }
    script.replace(at, size, fmt::format("\"${}\"", number));
}

/// The script with "$1", "$2" for the placeholders, and these as arguments behind it.
std::string safe_form(const std::vector<std::string>& command, const ShellScript& found,
                      const std::vector<Placeholder>& placeholders) {
    std::string line;
    for (std::size_t i = 0; i < found.script; ++i) {
        line += shell_word(command[i]) + " ";
    }
    // $0 is the shell's name, then come the arguments that are there already.
    std::vector<std::string> arguments(
        command.begin() + static_cast<std::ptrdiff_t>(found.script) + 1, command.end());
    if (arguments.empty()) {
        arguments.emplace_back("sh");
    }
    std::string script = command[found.script];
    for (const Placeholder& each : placeholders) {
        auto known = std::find(arguments.begin() + 1, arguments.end(), each.text);
        if (known == arguments.end()) {
            known = arguments.insert(known, each.text);
        }
        replace(script, each.text, static_cast<std::size_t>(known - arguments.begin()));
    }
    line += shell_word(script);
    for (const std::string& each : arguments) {
        line += " " + (each.find(' ') == std::string::npos ? each : shell_word(each));
    }
    return line;
}

}  // namespace

ShellScript find_script(const std::vector<std::string>& command) {
    for (std::size_t i = 0; i < command.size(); ++i) {
        if (is_shell(command[i])) {
            if (const ShellScript found = script_behind(command, i); found.script > 0) {
                return found;
            }
        }
    }
    return {};
}

void check_script(const std::vector<std::string>& command,
                  const std::vector<std::string>& columns) {
    const ShellScript found = find_script(command);
    if (found.script == 0) {
        return;
    }
    std::vector<Placeholder> placeholders = Pattern(command[found.script]).placeholders();
    // What names no column is no value of the row: the shell's own {a,b}, or a mistake like
    // ${HOME}.
    std::erase_if(placeholders, [&columns](const Placeholder& each) {
        return !columns.empty() && !is_in(columns, each);
    });
    if (placeholders.empty()) {
        return;
    }
    throw Error(ErrorKind::usage,
                fmt::format("{} inside the script of \"{} {}\" would run the row's text as shell "
                            "code; nothing was stored",
                            placeholders.front().text, base_name(command[found.shell]),
                            command[found.option]),
                "hand it over as an argument: " + safe_form(command, found, placeholders));
}

}  // namespace batch::cli
