#include "cli/complete/complete.hpp"

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/complete/candidates.hpp"
#include "cli/globals.hpp"
#include "cli/output/table.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace batch::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::array<std::string_view, 11> of_batches{"status", "items",  "results", "logs",
                                                      "wait",   "watch",  "retry",   "cancel",
                                                      "pause",  "resume", "rm"};

/// One completion: the words so far, and the command that they name.
class Completion {
public:
    explicit Completion(const Words& words)
        : words_(words.begin(), words.empty() ? words.end() : words.end() - 1),
          candidates_(words.empty() ? "" : words.back()) {}

    std::string run();

private:
    void read_globals();
    void skip_leading_options();
    void offer_commands();
    void offer_verbs(const std::string& noun);
    void offer_for(const Command& command);
    void offer_options(const Arguments& arguments);
    void offer_value(const Command& command, const Argument& argument);
    void offer_operand(const Command& command);
    void offer_help_topics();
    bool is_behind_command_line() const;

    Words words_;  ///< those in front of the last one
    Candidates candidates_;
    Globals globals_;
};

/// Which state file is meant decides which batches there are.
void Completion::read_globals() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
        const auto value = [&](const std::string& name) -> std::optional<std::string> {
            if (words_[i].starts_with(name + "=")) {
                return words_[i].substr(name.size() + 1);
            }
            return words_[i] == name && i + 1 < words_.size() ? std::optional(words_[i + 1])
                                                              : std::nullopt;
        };
        globals_.state = value("--state") ? value("--state") : globals_.state;
        globals_.config = value("--config") ? value("--config") : globals_.config;
        globals_.system = globals_.system || words_[i] == "--system";
    }
}

void Completion::skip_leading_options() {
    Arguments arguments("batchctl");
    Globals ignored;
    add_globals(arguments, ignored);
    while (!words_.empty() && words_.front().starts_with("-")) {
        const Argument* const argument = arguments.find(words_.front());
        const bool two = argument != nullptr && argument->takes_value() && words_.size() > 1;
        words_.erase(words_.begin(), words_.begin() + (two ? 2 : 1));
    }
}

std::string Completion::run() {
    read_globals();
    skip_leading_options();
    if (words_.empty()) {
        offer_commands();
        return candidates_.text();
    }
    std::string name = words_.front();
    const Command* command = find_command(name);
    if (command == nullptr && words_.size() == 1) {
        offer_verbs(name);
    } else if (command == nullptr) {
        command = find_command(name + " " + words_[1]);
        words_.erase(words_.begin());
    }
    if (command != nullptr) {
        words_.erase(words_.begin());
        offer_for(*command);
    }
    return candidates_.text();
}

void Completion::offer_commands() {
    if (candidates_.typed().starts_with("-")) {
        Arguments arguments("batchctl");
        Globals ignored;
        add_globals(arguments, ignored);
        offer_options(arguments);
        candidates_.add("--version", "Print the version");
        return;
    }
    std::set<std::string> nouns;
    for (const Command* const each : commands()) {
        const std::string_view name = each->name;
        const auto space = name.find(' ');
        if (space == std::string_view::npos) {
            candidates_.add(name, each->summary);
        } else if (nouns.insert(std::string(name.substr(0, space))).second) {
            candidates_.add(name.substr(0, space));
        }
    }
}

void Completion::offer_verbs(const std::string& noun) {
    for (const Command* const each : commands()) {
        const std::string_view name = each->name;
        if (name.starts_with(noun + " ")) {
            candidates_.add(name.substr(noun.size() + 1), each->summary);
        }
    }
}

/// Whether the words are those of the program that submit and run are told to run.
bool Completion::is_behind_command_line() const {
    return std::ranges::find(words_, "--") != words_.end();
}

void Completion::offer_for(const Command& command) {
    if (is_behind_command_line()) {
        candidates_.set_files(Files::any);
        return;
    }
    Arguments arguments(command.name);
    Globals ignored;
    command.setup(arguments);
    add_globals(arguments, ignored);
    const std::string& typed = candidates_.typed();
    const auto sign = typed.find('=');
    if (typed.starts_with("--") && sign != std::string::npos) {
        if (const Argument* const argument = arguments.find(typed.substr(0, sign))) {
            candidates_.set_prefix(typed.substr(0, sign + 1));
            offer_value(command, *argument);
        }
        return;
    }
    const Argument* const before = words_.empty() ? nullptr : arguments.find(words_.back());
    if (before != nullptr && before->takes_value()) {
        offer_value(command, *before);
    } else if (typed.starts_with("-") && typed != "-") {
        offer_options(arguments);
    } else {
        offer_operand(command);
    }
}

void Completion::offer_options(const Arguments& arguments) {
    for (const Argument* const argument : arguments.all()) {
        if (!argument->is_operand() && argument->name().starts_with("--")) {
            candidates_.add(argument->name(), argument->summary);
        }
    }
    candidates_.add("--help", "Help on one screen");
    candidates_.add("--help-all", "All options");
}

void Completion::offer_value(const Command& command, const Argument& argument) {
    Context context(globals_, {});
    const std::string name = argument.name().substr(argument.name().find_first_not_of('-'));
    if (!offer_values(candidates_, context, command.name, name)) {
        for (const std::string& choice : argument.choices) {
            candidates_.add(choice);
        }
    }
}

void Completion::offer_operand(const Command& command) {
    const std::string_view name = command.name;
    Context context(globals_, {});
    if (std::ranges::find(of_batches, name) != of_batches.end()) {
        offer_batches(candidates_, context, name);
    } else if (name == "help") {
        offer_help_topics();
    } else if (name == "completion") {
        for (const std::string_view shell : {"bash", "zsh", "fish"}) {
            candidates_.add(shell);
        }
    } else if (name == "plugin show" || name == "plugin test") {
        offer_plugins(candidates_, context);
        candidates_.set_files(name == "plugin test" ? Files::any : Files::none);
    } else if (name == "auth switch") {
        offer_accounts(candidates_, context);
    } else if (name.starts_with("template ")) {
        offer_templates(candidates_, context);
        candidates_.set_files(name == "template show" || name == "template rm" ? Files::none
                                                                               : Files::any);
    } else {
        candidates_.set_files(Files::any);
    }
}

void Completion::offer_help_topics() {
    if (!words_.empty()) {
        offer_verbs(words_.back());
        return;
    }
    offer_commands();
    candidates_.add("exit-codes", "What batchctl's exit codes mean");
    candidates_.add("placeholders", "What braces on the command line mean");
}

}  // namespace

int complete(const Words& words) {
    try {
        put(Completion(words).run());
    } catch (const Error&) {
        put(":4\n");  // whoever is typing wants no message in between
    }
    return 0;
}

}  // namespace batch::cli
