#include "cli/batch_name.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <charconv>
#include <optional>

namespace batch::cli {
namespace {

constexpr std::size_t most_candidates = 1000;

std::optional<ItemIndex> parse_index(std::string_view text) {
    ItemIndex value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

[[noreturn]] void throw_items(std::string_view text) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" names no items", text),
                "items are counted from 0: BATCH:17  BATCH:5-9  BATCH:1,3");
}

[[noreturn]] void throw_nothing(std::string_view name) {
    constexpr auto advice = "the latest ones: batchctl status";
    if (name.starts_with("key=")) {
        throw Error(ErrorKind::not_found,
                    fmt::format("no batch has the key \"{}\"", name.substr(4)), advice);
    }
    if (name == "@last") {
        throw Error(ErrorKind::not_found, "you have submitted no batch yet",
                    "the first one: batchctl submit --help");
    }
    throw Error(ErrorKind::not_found, fmt::format("no batch fits \"{}\"", name), advice);
}

[[noreturn]] void throw_several(std::string_view name, const std::vector<Batch>& fitting,
                                const std::string& verb) {
    constexpr std::size_t most_named = 5;
    std::vector<std::string> names;
    for (const Batch& each : fitting) {
        if (names.size() == most_named) {
            names.emplace_back("...");
            break;
        }
        names.push_back(short_id(each.id) + " " + each.name);
    }
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" fits {}{} batches: {}", name,
                            grouped(static_cast<std::int64_t>(fitting.size())),
                            fitting.size() < most_candidates ? "" : " or more", join(names, ", ")),
                fmt::format("name one by the end of its id: batchctl {} {}", verb,
                            short_id(fitting.front().id)));
}

}  // namespace

std::vector<IndexRange> parse_items(std::string_view text) {
    std::vector<IndexRange> ranges;
    for (const std::string& part : split(text, ',')) {
        const auto dash = part.find('-');
        const auto first = parse_index(std::string_view(part).substr(0, dash));
        const auto last = dash == std::string::npos
                              ? first
                              : parse_index(std::string_view(part).substr(dash + 1));
        if (!first || !last || *last < *first) {
            throw_items(text);
        }
        ranges.push_back({*first, *last});
    }
    return ranges;
}

Named find_batch(Context& context, std::string_view text, Items items) {
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    Named named{.text = std::string(text)};
    if (colon != std::string_view::npos) {
        if (items == Items::refused) {
            throw Error(
                ErrorKind::usage, "this command takes whole batches, not items of one",
                fmt::format("leave the items away: batchctl {} {}", context.globals().verb, name));
        }
        named.items = parse_items(text.substr(colon + 1));
    }
    if (name.size() < 4) {
        throw Error(
            ErrorKind::usage,
            fmt::format("\"{}\" is too short for a batch: 4 characters or more of its id", name),
            "the latest ones: batchctl status");
    }
    auto fitting = context.store().reading().fitting(name, context.uid(), most_candidates);
    if (fitting.empty()) {
        throw_nothing(name);
    }
    if (fitting.size() > 1) {
        throw_several(name, fitting, context.globals().verb);
    }
    named.batch = std::move(fitting.front());
    return named;
}

void check_items(const Named& named) {
    const auto total = named.batch.counts.total;
    for (const IndexRange& range : named.items) {
        if (static_cast<std::int64_t>(range.last) >= total) {
            throw Error(
                ErrorKind::not_found,
                fmt::format("{} has no item {}: its {} are 0 to {}", short_id(named.batch.id),
                            range.last, plural(total, "item"), total - 1),
                "see them: batchctl items " + short_id(named.batch.id));
        }
    }
}

std::vector<Batch> find_batches(Context& context, const std::vector<std::string>& names) {
    std::vector<Batch> batches;
    for (const std::string& name : names) {
        batches.push_back(find_batch(context, name, Items::refused).batch);
    }
    return batches;
}

}  // namespace batch::cli
