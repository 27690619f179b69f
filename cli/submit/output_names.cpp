#include "cli/submit/output_names.hpp"

#include "core/base/text.hpp"
#include "core/model/output_name.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

}  // namespace

Error RowPlace::error(const std::string& message, const std::string& hint) const {
    if (line > 0 && !file.empty()) {
        return Error(ErrorKind::bad_input, message, hint)
            .at({file, static_cast<std::size_t>(line), 0});
    }
    return {ErrorKind::bad_input, fmt::format("item {}: {}", index, message), hint};
}

OutputNames::OutputNames(const Plan& plan, Problems& problems)
    : plan_(plan),
      problems_(problems),
      folders_(plan.deliver.begin(), plan.deliver.end()),
      book_(plan.output_name.empty() ? nullptr : open_name_book()) {}

std::string OutputNames::name_of(const Json& row, const ItemFacts& facts, int suffix) const {
    return output_name(plan_, row, facts, {.suffix = suffix, .extension = plan_.extension});
}

bool OutputNames::is_there(const std::string& name) const {
    return std::ranges::any_of(folders_, [&name](const fs::path& folder) {
        std::error_code ignored;
        return fs::exists(fs::symlink_status(folder / name, ignored));
    });
}

void OutputNames::note_if_there(const std::string& name) {
    if (is_there(name) && there_++ == 0) {
        first_there_ = name;
    }
}

int OutputNames::take(const Json& row, const ItemFacts& facts, const RowPlace& at) {
    if (!book_) {
        return 0;
    }
    const std::string name = name_of(row, facts, 0);
    const auto owner = book_->take(name, {at.index, at.line});
    if (plan_.on_collision == OnCollision::suffix) {
        return owner || is_there(name) ? free_number(row, facts) : 0;
    }
    if (!owner) {
        note_if_there(name);
        return 0;
    }
    const RowPlace first{at.file, owner->line, owner->index};
    const bool has_lines = at.line > 0 && !at.file.empty();
    problems_.add(
        first.error(fmt::format("\"{}\" would also be the output of {} {}", name,
                                has_lines ? "line" : "item", has_lines ? at.line : at.index)));
    problems_.suggest(suggestion(row));
    return 0;
}

int OutputNames::free_number(const Json& row, const ItemFacts& facts) {
    const std::string base = name_of(row, facts, 0);
    for (;;) {
        const int number = book_->next_number(base);
        const std::string name = name_of(row, facts, number);
        if (!is_there(name) && !book_->take(name, {facts.index, facts.line})) {
            return number;
        }
    }
}

/// "-o '{name} {class}'": the name with a column that it does not have yet.
std::string OutputNames::suggestion(const Json& row) const {
    const std::string& name = plan_.output_name;
    if (row.is_object()) {
        for (const auto& [column, value] : row.items()) {
            if (name.find("{" + column) == std::string::npos && !value.is_structured()) {
                // In front of an extension that was typed.
                const auto end = name.rfind('}');
                const auto at = end == std::string::npos ? name.size() : end + 1;
                return fmt::format(
                    "tell them apart with another column: -o '{} {{{}}}{}', or number them: "
                    "--on-collision suffix",
                    name.substr(0, at), column, name.substr(at));
            }
        }
    }
    return "number them: --on-collision suffix";
}

void OutputNames::finish(std::int64_t total) {
    if (plan_.on_collision != OnCollision::error) {
        return;
    }
    if (!book_ && !folders_.empty() && !plan_.extension.empty()) {
        for (std::int64_t index = 0; index < total; ++index) {
            note_if_there(name_of(Json::object(),
                                  {.index = static_cast<std::uint32_t>(index), .total = total}, 0));
        }
    }
    if (there_ > 0 && problems_.empty()) {
        throw Error(
            ErrorKind::usage,
            fmt::format("{} of {} outputs are already in {}, the first is \"{}\"; nothing was "
                        "stored",
                        grouped(there_), grouped(total), plan_.deliver.front(), first_there_),
            "replace them: --on-collision overwrite");
    }
}

std::string OutputNames::shown(const Json& row, const ItemFacts& facts, int suffix) const {
    const std::string name = name_of(row, facts, suffix);
    if (plan_.deliver.empty()) {
        return name;
    }
    const std::string& folder = plan_.deliver.front();
    return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

}  // namespace batch::cli
