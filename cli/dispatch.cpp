#include "cli/dispatch.hpp"

#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/complete/complete.hpp"
#include "cli/context.hpp"
#include "cli/globals.hpp"
#include "cli/output/out.hpp"
#include "cli/overview.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace batch::cli {
namespace {

using Words = std::vector<std::string>;

/// Words of other tools, and what we say for them.
constexpr std::array other_words{
    std::pair{"add", "submit"},         std::pair{"enqueue", "submit"},
    std::pair{"list", "status"},        std::pair{"ls", "status"},
    std::pair{"show", "status"},        std::pair{"kill", "cancel"},
    std::pair{"stop", "cancel"},        std::pair{"start", "resume"},
    std::pair{"log", "logs"},           std::pair{"clean", "prune"},
    std::pair{"delete", "rm"},          std::pair{"login", "auth login"},
    std::pair{"logout", "auth logout"},
};

constexpr std::array<std::string_view, 5> with_value{"--state", "--config", "--color", "--format",
                                                     "--fields"};

/// What the words are: options before the verb are put behind it.
struct Line {
    const Command* command = nullptr;
    std::string noun;    ///< help on its verbs is asked for
    Words words;         ///< without the verb
    Words command_line;  ///< behind the first `--` of submit and run
    Words typed;         ///< all of them
};

Words leading_options(Words& words) {
    Words leading;
    while (!words.empty() && words.front().starts_with("-") && words.front() != "--") {
        const std::string option = words.front();
        leading.push_back(option);
        words.erase(words.begin());
        if (std::ranges::find(with_value, option) != with_value.end() && !words.empty()) {
            leading.push_back(words.front());
            words.erase(words.begin());
        }
    }
    return leading;
}

bool asks_for_help(const std::string& word) {
    return word == "-h" || word == "--help" || word == "--help-all";
}

bool is_noun(const std::string& word) {
    return std::ranges::any_of(commands(), [&word](const Command* each) {
        return std::string_view(each->name).starts_with(word + " ");
    });
}

[[noreturn]] void throw_unknown(const std::string& word) {
    const std::string message = fmt::format("there is no command \"{}\"", word);
    for (const auto& [other, ours] : other_words) {
        if (word == other) {
            throw Error(ErrorKind::usage, message,
                        std::string_view(ours) == "submit"
                            ? "batches are made with: batchctl submit --help"
                            : fmt::format("did you mean: batchctl {}", ours));
        }
    }
    std::vector<std::string> names;
    for (const Command* const each : commands()) {
        names.emplace_back(each->name);
    }
    const auto near = closest(word, names);
    throw Error(ErrorKind::usage, message,
                near ? "did you mean: batchctl " + *near : "see what it can do: batchctl --help");
}

[[noreturn]] void throw_no_verb(const std::string& noun, const Words& words) {
    std::vector<std::string> verbs;
    for (const Command* const each : commands()) {
        if (std::string_view(each->name).starts_with(noun + " ")) {
            verbs.push_back(std::string(each->name).substr(noun.size() + 1));
        }
    }
    if (words.empty() || words.front().starts_with("-")) {
        throw Error(ErrorKind::usage, fmt::format("{} needs a verb: {}", noun, join(verbs, ", ")),
                    fmt::format("see: batchctl help {}", noun));
    }
    const auto near = closest(words.front(), verbs);
    throw Error(
        ErrorKind::usage,
        fmt::format("{} has no verb \"{}\" (it has: {})", noun, words.front(), join(verbs, ", ")),
        near ? fmt::format("did you mean: batchctl {} {}", noun, *near) : std::string());
}

/// What stands behind the first `--`.
Words cut_command(Words& words) {
    const auto cut = std::ranges::find(words, "--");
    if (cut == words.end()) {
        return {};
    }
    Words command(cut + 1, words.end());
    words.erase(cut, words.end());
    if (command.empty()) {
        throw Error(ErrorKind::usage, "there is no command behind the --");
    }
    return command;
}

Line read_line(Words words) {
    Line line{.typed = words};
    const Words leading = leading_options(words);
    if (words.empty()) {
        return line;
    }
    const std::string verb = words.front();
    words.erase(words.begin());
    if (is_noun(verb)) {
        const std::string full = words.empty() ? verb : verb + " " + words.front();
        line.command = find_command(full);
        if (line.command == nullptr && !words.empty() && asks_for_help(words.front())) {
            line.noun = verb;
            return line;
        }
        if (line.command == nullptr) {
            throw_no_verb(verb, words);
        }
        words.erase(words.begin());
    } else {
        line.command = find_command(verb);
    }
    if (line.command == nullptr) {
        throw_unknown(verb);
    }
    if (verb == "submit" || verb == "run") {
        line.command_line = cut_command(words);
    }
    line.words = leading;
    line.words.insert(line.words.end(), words.begin(), words.end());
    return line;
}

/// The options of every command, with those that show help.
void add_all_globals(Arguments& arguments, Globals& globals) {
    add_globals(arguments, globals);
    arguments.flag("-h,--help", "Help on one screen");
    arguments.flag("--help-all", "All options");
}

void print_program_help(const std::string& word) {
    if (word != "--help-all") {
        print_overview();
        return;
    }
    Arguments arguments("batchctl");
    Globals globals;
    add_all_globals(arguments, globals);
    arguments.start_group("Without a command");
    arguments.flag("--version", "The version");
    print_overview(arguments);
}

int run(const Line& line, AuthCommands* auth) {
    Arguments arguments(std::string("batchctl ") + line.command->name);
    Globals globals;
    const Action action = line.command->setup(arguments);
    add_all_globals(arguments, globals);
    for (const std::string& word : line.words) {
        if (word == "-h" || word == "--help") {
            print_help(*line.command);
            return 0;
        }
        if (word == "--help-all") {
            print_all_options(*line.command, arguments);
            return 0;
        }
    }
    arguments.parse(line.words);
    set_report_style(
        {.json = globals.json || globals.format == "ndjson" || globals.format == "json",
         .quiet = globals.quiet,
         .where = state_options(globals)});
    globals.verb = line.command->name;
    globals.makes_state = line.command->makes_state;
    globals.typed = line.typed;
    Context context(globals, line.command_line);
    context.set_auth(auth);
    return action(context);
}

int run_words(const Words& words, AuthCommands* auth) {
    if (words.empty()) {
        say_always("Usage: batchctl COMMAND [OPTIONS]");
        hint("see what it can do: batchctl --help");
        return exit_status(ErrorKind::usage);
    }
    if (asks_for_help(words.front())) {
        print_program_help(words.front());
        return 0;
    }
    if (words.front() == "--version") {
        put("batchctl " BATCH_VERSION "\n");
        return 0;
    }
    const Line line = read_line(words);
    if (!line.noun.empty()) {
        print_verbs(line.noun);
        return 0;
    }
    if (line.command == nullptr) {
        throw Error(ErrorKind::usage, "there is no command, only options",
                    "see what it can do: batchctl --help");
    }
    return run(line, auth);
}

}  // namespace

int dispatch(int argc, char** argv, AuthCommands* auth) {
    open_standard_descriptors();
    keep_inherited_descriptors();
    start_out();
    std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is noticed by the write, and is no error
    const Words words(argv + 1, argv + argc);
    if (!words.empty() && words.front() == "__complete") {
        const int status = complete({words.begin() + 1, words.end()});
        flush_out();
        return status;
    }
    if (std::ranges::find(words, "--json") != words.end()) {
        set_report_style({.json = true});
    }
    try {
        const int status = run_words(words, auth);
        finish_out();
        return status;
    } catch (const Error& error) {
        flush_out();
        return report(error);
    } catch (const std::filesystem::filesystem_error& error) {
        flush_out();
        return report(system_error("use " + error.path1().string(), error.code().value()));
    } catch (const std::bad_alloc&) {
        flush_out();
        return report(Error(ErrorKind::unavailable, "out of memory"));
    } catch (const std::exception& error) {
        flush_out();
        return report(Error(ErrorKind::internal, error.what()));
    }
}

}  // namespace batch::cli
