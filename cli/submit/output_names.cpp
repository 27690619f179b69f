#include "cli/submit/output_names.hpp"

#include "cli/submit/drive_delivery.hpp"
#include "core/base/text.hpp"
#include "core/model/output_name.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

// PATH_MAX of linux/limits.h, less what a file is called while it is written.
constexpr std::size_t longest_path = 4'000;

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
      pattern_(plan.output_name),
      problems_(problems),
      book_(pattern_.is_empty() ? nullptr : open_name_book()) {
    part_.need(pattern_);
    for (const std::string& target : plan.deliver) {
        if (is_drive(target)) {
            continue;
        }
        room_ = std::min(
            room_, longest_path - std::min(longest_path, fs::absolute(target).native().size()));
    }
    std::error_code ignored;
    std::ranges::copy_if(plan.deliver, std::back_inserter(folders_), [&](const auto& folder) {
        return !is_drive(folder) &&
               fs::exists(folder, ignored);  // nothing is in a folder that is yet to be made
    });
}

std::string OutputNames::name_of(const Json& row, const ItemFacts& facts, int suffix) const {
    return output_name(pattern_, row, facts, {.suffix = suffix, .extension = plan_.extension});
}

/// The first of the folders that has it; null if none has.
const std::string* OutputNames::folder_with(const std::string& name) const {
    const auto found = std::ranges::find_if(folders_, [&name](const std::string& folder) {
        std::error_code ignored;
        return fs::exists(fs::symlink_status(fs::path(folder) / name, ignored));
    });
    return found == folders_.end() ? nullptr : &*found;
}

bool OutputNames::is_there(const std::string& name) const {
    return folder_with(name) != nullptr;
}

void OutputNames::note_if_there(const std::string& name) {
    const std::string* const folder = folder_with(name);
    if (folder != nullptr && there_++ == 0) {
        first_there_ = name;
        first_folder_ = *folder;
    }
}

int OutputNames::take(const Row& row, const ItemFacts& facts, const RowPlace& at) {
    if (!book_) {
        return 0;
    }
    const Json values = part_.of(row.payload);
    const std::string name = name_of(values, facts, 0);
    if (name.size() > room_) {
        problems_.add(at.error(fmt::format("its output's name has {} bytes, {} fit into a path",
                                           grouped(static_cast<std::int64_t>(name.size())),
                                           grouped(static_cast<std::int64_t>(room_)))));
        return 0;
    }
    const auto owner = book_->take(name, {at.index, at.line});
    if (plan_.on_collision == OnCollision::suffix) {
        return owner || is_there(name) ? free_number(values, facts) : 0;
    }
    if (owner) {
        tell_taken(name, *owner, at);
        if (!problems_.has_suggestion()) {
            problems_.suggest(suggestion(row));
        }
    } else {
        note_if_there(name);
    }
    return 0;
}

void OutputNames::tell_taken(const std::string& name, const NameOwner& owner, const RowPlace& at) {
    const RowPlace first{at.file, owner.line, owner.index};
    const bool has_lines = at.line > 0 && !at.file.empty();
    problems_.add(
        first.error(fmt::format("\"{}\" would also be the output of {} {}", name,
                                has_lines ? "line" : "item", has_lines ? at.line : at.index)));
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
std::string OutputNames::suggestion(const Row& row) const {
    const std::string& name = plan_.output_name;
    const Json values = parse_json(row.payload, "the row");
    if (values.is_object()) {
        for (const auto& [column, value] : values.items()) {
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
                        grouped(there_), grouped(total), first_folder_, first_there_),
            "replace them: --on-collision overwrite");
    }
}

std::string OutputNames::shown(const Row& row, const ItemFacts& facts, int suffix) const {
    const std::string name = name_of(part_.of(row.payload), facts, suffix);
    if (plan_.deliver.empty()) {
        return name;
    }
    const std::string& folder = plan_.deliver.front();
    return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

}  // namespace batch::cli
