#include "cli/submit/job_file.hpp"

#include "cli/submit/delivery.hpp"
#include "cli/submit/drive_delivery.hpp"
#include "cli/submit/flags.hpp"
#include "cli/submit/job_entry.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/toml.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_job_file = 1 << 20;

void set(std::string& option, std::string value) {
    if (option.empty()) {
        option = std::move(value);
    }
}

template <typename T>
void set(std::vector<T>& option, std::vector<T> value) {
    if (option.empty()) {
        option = std::move(value);
    }
}

/// Of two with the same name the later one wins: that of the flags.
void add_before(std::vector<std::string>& option, const std::vector<std::string>& values) {
    option.insert(option.begin(), values.begin(), values.end());
}

using Reader = void (*)(SubmitOptions&, const JobEntry&);

struct Key {
    std::string_view name;
    Reader read;
};

void read_template(SubmitOptions& options, const JobEntry& entry) {
    set(options.template_name, entry.template_name());
}

void read_command(SubmitOptions& options, const JobEntry& entry) {
    set(options.command, command_at(entry));
}

/// Texts as --step takes them, or tables.
void read_steps(SubmitOptions& options, const JobEntry& entry) {
    const auto* const list = std::get_if<TomlList>(&entry.member.value.content);
    const bool tables = list != nullptr && !list->empty() &&
                        std::holds_alternative<TomlTable>(list->front().content);
    if (!tables) {
        set(options.steps, entry.texts());
        return;
    }
    for (const TomlValue& each : *list) {
        options.step_tables.push_back(step_of(entry, each));
    }
}

void read_deliver(SubmitOptions& options, const JobEntry& entry) {
    std::vector<std::string> targets = entry.texts();
    for (std::string& each : targets) {
        if (!names_a_kind(each)) {
            each = entry.path(each);
        }
    }
    set(options.deliver, std::move(targets));
}

constexpr std::array keys{
    Key{"rows",
        [](SubmitOptions& options, const JobEntry& entry) {
            if (options.operands.size() < 2) {
                options.operands.push_back(entry.path(entry.text()));
            }
        }},
    Key{"rows_format", [](SubmitOptions& o, const JobEntry& e) { set(o.rows_format, e.text()); }},
    Key{"allow_empty", [](SubmitOptions& o, const JobEntry& e) { o.allow_empty |= e.flag(); }},
    Key{"template", read_template},
    Key{"engine", [](SubmitOptions& o, const JobEntry& e) { set(o.engine, e.text()); }},
    Key{"to", [](SubmitOptions& o, const JobEntry& e) { set(o.to, e.text()); }},
    Key{"step", read_steps},
    Key{"command", read_command},
    Key{"allow_dash", [](SubmitOptions& o, const JobEntry& e) { o.allow_dash |= e.flag(); }},
    Key{"deliver", read_deliver},
    Key{"account", [](SubmitOptions& o, const JobEntry& e) { set(o.account, e.text()); }},
    Key{"output_name", [](SubmitOptions& o, const JobEntry& e) { set(o.output_name, e.text()); }},
    Key{"on_collision",
        [](SubmitOptions& o, const JobEntry& e) {
            if (o.on_collision == "error") {
                o.on_collision = e.word({"error", "suffix", "overwrite"});
            }
        }},
    Key{"stdout",
        [](SubmitOptions& o, const JobEntry& e) {
            if (o.standard_output == "text") {
                o.standard_output = e.word({"text", "json", "none"});
            }
        }},
    Key{"retries",
        [](SubmitOptions& o, const JobEntry& e) { o.retries = o.retries.value_or(e.number()); }},
    Key{"backoff", [](SubmitOptions& o, const JobEntry& e) { set(o.backoff, e.text()); }},
    Key{"item_timeout", [](SubmitOptions& o, const JobEntry& e) { set(o.item_timeout, e.text()); }},
    Key{"retry_on", [](SubmitOptions& o, const JobEntry& e) { set(o.retry_on, e.numbers()); }},
    Key{"no_retry_on",
        [](SubmitOptions& o, const JobEntry& e) { set(o.no_retry_on, e.numbers()); }},
    Key{"success_codes",
        [](SubmitOptions& o, const JobEntry& e) { set(o.success_codes, e.numbers()); }},
    Key{"concurrency",
        [](SubmitOptions& o, const JobEntry& e) {
            o.concurrency = o.concurrency == 0 ? e.number() : o.concurrency;
        }},
    Key{"key", [](SubmitOptions& o, const JobEntry& e) { o.key = o.key.value_or(e.text()); }},
    Key{"name", [](SubmitOptions& o, const JobEntry& e) { set(o.name, e.text()); }},
    Key{"label", [](SubmitOptions& o, const JobEntry& e) { add_before(o.labels, e.pairs()); }},
    Key{"env", [](SubmitOptions& o, const JobEntry& e) { add_before(o.env, e.pairs()); }},
    Key{"chdir", [](SubmitOptions& o, const JobEntry& e) { set(o.chdir, e.path(e.text())); }},
    Key{"hold", [](SubmitOptions& o, const JobEntry& e) { o.hold |= e.flag(); }},
    Key{"priority",
        [](SubmitOptions& o, const JobEntry& e) {
            if (o.priority == "normal") {
                o.priority = e.word({"high", "normal", "low"});
            }
        }},
    Key{"require_queue", [](SubmitOptions& o, const JobEntry& e) { o.require_queue |= e.flag(); }},
    Key{"wait", [](SubmitOptions& o, const JobEntry& e) { o.wait |= e.flag(); }},
    Key{"start", [](SubmitOptions& o, const JobEntry& e) { o.start |= e.flag(); }},
    Key{"timeout", [](SubmitOptions& o, const JobEntry& e) { set(o.timeout, e.text()); }},
    Key{"on_interrupt",
        [](SubmitOptions& o, const JobEntry& e) {
            if (o.on_interrupt == "keep") {
                o.on_interrupt = e.word({"keep", "cancel"});
            }
        }},
};

[[noreturn]] void throw_unknown(const JobEntry& entry) {
    std::vector<std::string_view> names;
    std::ranges::transform(keys, std::back_inserter(names), &Key::name);
    const auto near = closest(entry.member.key, names);
    throw Error(ErrorKind::bad_input,
                fmt::format("\"{}\" is no key of a job file{}", entry.member.key,
                            near ? fmt::format("; did you mean \"{}\"?", *near) : ""))
        .at({entry.file, entry.member.line, entry.member.column});
}

/// A value that a flag could not have either is told with its place.
void check_alone(const Key& key, const JobEntry& entry) {
    SubmitOptions alone;
    key.read(alone, entry);
    try {
        check_values(alone);
    } catch (const Error& error) {
        throw Error(ErrorKind::bad_input, error.what(), error.hint())
            .at({entry.file, entry.member.line, entry.member.column});
    }
}

/// [[step]] says all steps before the deliveries.
void check_order(const SubmitOptions& options, const std::string& file) {
    if (options.step_tables.empty()) {
        return;
    }
    const std::string other = !options.template_name.empty() ? "template"
                              : !options.to.empty()          ? "to"
                              : !options.steps.empty()       ? "step"
                              : !options.command.empty()     ? "a command"
                                                             : "";
    if (!other.empty()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("[[step]] stands for all steps, so {} has no place beside it", other),
            "make it a [[step]] of its own")
            .at({file, options.step_tables.front().place.line, 0});
    }
}

}  // namespace

bool is_job_file(const SubmitOptions& options) {
    return !options.args && !options.operands.empty() &&
           fs::path(options.operands.front()).extension() == ".toml";
}

void apply_job_file(SubmitOptions& options) {
    const std::string file = options.operands.front();
    const fs::path folder = fs::path(file).parent_path();
    const std::string account = options.account;
    const bool delivers_elsewhere =
        !options.deliver.empty() && std::ranges::none_of(options.deliver, is_drive);
    const TomlTable table =
        parse_toml(read_file(file, largest_job_file), file, ErrorKind::bad_input);
    for (const TomlMember& member : table) {
        const JobEntry entry{member, file, folder};
        const auto known = std::ranges::find(keys, member.key, &Key::name);
        if (known == keys.end()) {
            throw_unknown(entry);
        }
        check_alone(*known, entry);
        known->read(options, entry);
    }
    if (delivers_elsewhere) {
        options.account = account;  // the file's is for its own targets
    }
    options.operands.erase(options.operands.begin());
    set(options.name,
        options.key.value_or(""));  // the rows of a nightly job are called the same every night
    check_order(options, file);
}

}  // namespace batch::cli
