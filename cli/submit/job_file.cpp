#include "cli/submit/job_file.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/toml.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_job_file = 1 << 20;

/// One value of the file, and where messages about it point to.
struct Entry {
    const TomlMember& member;
    const std::string& file;
    const fs::path& folder;

    [[noreturn]] void refuse(std::string_view wanted) const {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} is {}, not {}", member.key, kind_of(member.value), wanted))
            .at({file, member.line, member.column});
    }

    std::string text() const {
        if (const auto* const found = std::get_if<std::string>(&member.value.content)) {
            return *found;
        }
        refuse("a text");
    }

    bool flag() const {
        if (const auto* const found = std::get_if<bool>(&member.value.content)) {
            return *found;
        }
        refuse("true or false");
    }

    int number() const {
        if (const auto* const found = std::get_if<std::int64_t>(&member.value.content)) {
            return static_cast<int>(*found);
        }
        refuse("a number");
    }

    std::vector<std::string> texts() const {
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

    std::vector<int> numbers() const {
        const auto* const list = std::get_if<TomlList>(&member.value.content);
        if (list == nullptr) {
            return {number()};
        }
        std::vector<int> all;
        for (const TomlValue& each : *list) {
            const auto* const found = std::get_if<std::int64_t>(&each.content);
            if (found == nullptr) {
                refuse("a list of numbers");
            }
            all.push_back(static_cast<int>(*found));
        }
        return all;
    }

    /// { a = "b" } as "a=b".
    std::vector<std::string> pairs() const {
        const auto* const table = std::get_if<TomlTable>(&member.value.content);
        if (table == nullptr) {
            refuse("a table of texts");
        }
        std::vector<std::string> all;
        for (const TomlMember& each : *table) {
            const auto* const found = std::get_if<std::string>(&each.value.content);
            if (found == nullptr) {
                refuse("a table of texts");
            }
            all.push_back(each.key + "=" + *found);
        }
        return all;
    }

    /// Relative to the job file's folder.
    std::string path(const std::string& text) const {
        const bool is_relative = !text.empty() && text.front() != '/' && text != "-";
        return is_relative && folder != "." && !folder.empty() ? (folder / text).string() : text;
    }
};

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

using Reader = void (*)(SubmitOptions&, const Entry&);

struct Key {
    std::string_view name;
    Reader read;
};

void read_template(SubmitOptions& options, const Entry& entry) {
    const std::string text = entry.text();
    const bool is_file = text.find_first_of("./") != std::string::npos;
    set(options.template_name, is_file ? entry.path(text) : text);
}

void read_deliver(SubmitOptions& options, const Entry& entry) {
    std::vector<std::string> targets = entry.texts();
    for (std::string& each : targets) {
        if (each.find(':') == std::string::npos) {
            each = entry.path(each);
        }
    }
    set(options.deliver, std::move(targets));
}

constexpr std::array keys{
    Key{"rows",
        [](SubmitOptions& options, const Entry& entry) {
            if (options.operands.size() < 2) {
                options.operands.push_back(entry.path(entry.text()));
            }
        }},
    Key{"rows_format", [](SubmitOptions& o, const Entry& e) { set(o.rows_format, e.text()); }},
    Key{"allow_empty", [](SubmitOptions& o, const Entry& e) { o.allow_empty |= e.flag(); }},
    Key{"template", read_template},
    Key{"engine", [](SubmitOptions& o, const Entry& e) { set(o.engine, e.text()); }},
    Key{"to", [](SubmitOptions& o, const Entry& e) { set(o.to, e.text()); }},
    Key{"step", [](SubmitOptions& o, const Entry& e) { set(o.steps, e.texts()); }},
    Key{"command", [](SubmitOptions& o, const Entry& e) { set(o.command, e.texts()); }},
    Key{"allow_dash", [](SubmitOptions& o, const Entry& e) { o.allow_dash |= e.flag(); }},
    Key{"deliver", read_deliver},
    Key{"output_name", [](SubmitOptions& o, const Entry& e) { set(o.output_name, e.text()); }},
    Key{"on_collision",
        [](SubmitOptions& o, const Entry& e) {
            if (o.on_collision == "error") {
                o.on_collision = e.text();
            }
        }},
    Key{"stdout",
        [](SubmitOptions& o, const Entry& e) {
            if (o.standard_output == "text") {
                o.standard_output = e.text();
            }
        }},
    Key{"retries",
        [](SubmitOptions& o, const Entry& e) { o.retries = o.retries.value_or(e.number()); }},
    Key{"backoff", [](SubmitOptions& o, const Entry& e) { set(o.backoff, e.text()); }},
    Key{"item_timeout", [](SubmitOptions& o, const Entry& e) { set(o.item_timeout, e.text()); }},
    Key{"retry_on", [](SubmitOptions& o, const Entry& e) { set(o.retry_on, e.numbers()); }},
    Key{"no_retry_on", [](SubmitOptions& o, const Entry& e) { set(o.no_retry_on, e.numbers()); }},
    Key{"success_codes",
        [](SubmitOptions& o, const Entry& e) { set(o.success_codes, e.numbers()); }},
    Key{"concurrency",
        [](SubmitOptions& o, const Entry& e) {
            o.concurrency = o.concurrency == 0 ? e.number() : o.concurrency;
        }},
    Key{"key", [](SubmitOptions& o, const Entry& e) { set(o.key, e.text()); }},
    Key{"name", [](SubmitOptions& o, const Entry& e) { set(o.name, e.text()); }},
    Key{"label", [](SubmitOptions& o, const Entry& e) { set(o.labels, e.pairs()); }},
    Key{"env", [](SubmitOptions& o, const Entry& e) { set(o.env, e.pairs()); }},
    Key{"chdir", [](SubmitOptions& o, const Entry& e) { set(o.chdir, e.path(e.text())); }},
    Key{"hold", [](SubmitOptions& o, const Entry& e) { o.hold |= e.flag(); }},
    Key{"wait", [](SubmitOptions& o, const Entry& e) { o.wait |= e.flag(); }},
    Key{"start", [](SubmitOptions& o, const Entry& e) { o.start |= e.flag(); }},
    Key{"timeout", [](SubmitOptions& o, const Entry& e) { set(o.timeout, e.text()); }},
    Key{"on_interrupt",
        [](SubmitOptions& o, const Entry& e) {
            if (o.on_interrupt == "keep") {
                o.on_interrupt = e.text();
            }
        }},
};

[[noreturn]] void throw_unknown(const Entry& entry) {
    std::vector<std::string> names;
    for (const Key& each : keys) {
        names.emplace_back(each.name);
    }
    const auto near = closest(entry.member.key, names);
    throw Error(ErrorKind::bad_input,
                fmt::format("\"{}\" is no key of a job file{}", entry.member.key,
                            near ? fmt::format("; did you mean \"{}\"?", *near) : ""))
        .at({entry.file, entry.member.line, entry.member.column});
}

}  // namespace

bool is_job_file(const SubmitOptions& options) {
    return !options.args && !options.operands.empty() &&
           fs::path(options.operands.front()).extension() == ".toml";
}

void apply_job_file(SubmitOptions& options) {
    const std::string file = options.operands.front();
    const fs::path folder = fs::path(file).parent_path();
    const TomlTable table =
        parse_toml(read_file(file, largest_job_file), file, ErrorKind::bad_input);
    for (const TomlMember& member : table) {
        const Entry entry{member, file, folder};
        const auto known = std::ranges::find(keys, member.key, &Key::name);
        if (known == keys.end()) {
            throw_unknown(entry);
        }
        known->read(options, entry);
    }
    options.operands.erase(options.operands.begin());
}

}  // namespace batch::cli
