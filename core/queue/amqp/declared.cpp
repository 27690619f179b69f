#include "core/queue/amqp/declared.hpp"

#include "core/base/error.hpp"
#include "core/queue/amqp/bytes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace batch::amqp {
namespace {

constexpr int most_refusals = 20;
constexpr const char* queue_type = "x-queue-type";
constexpr std::array<std::string_view, 8> whole_numbers{
    "byte",         "short",         "signedint",   "long",
    "unsignedbyte", "unsignedshort", "unsignedint", "unsignedlong"};

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(begin + before.size());
    return text.substr(0, text.find(after));
}

std::optional<ArgumentValue> argument_value(std::string_view text, std::string_view type) {
    if (type == "longstr") {
        return std::string(text);
    }
    if (type == "bool") {
        return text == "true";
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (std::ranges::find(whole_numbers, type) == whole_numbers.end() || error != std::errc{} ||
        end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::string argument_text(const ArgumentValue& value) {
    return std::visit([](const auto& each) { return fmt::format("{}", each); }, value);
}

std::string argument_text(const QueueArguments& arguments, const std::string& name) {
    const auto found = arguments.find(name);
    return found == arguments.end() ? "none" : argument_text(found->second);
}

}  // namespace

// "inequivalent arg 'x-queue-type' for queue 'docs' in vhost '/': received none but current is the
// value 'quorum' of type 'longstr'"; "inequivalent arg 'durable' for ...: received 'true' but
// current is 'false'"; "... but current is none".
Refused read_refusal(std::string_view text) {
    const auto current = text.find(" but current is ");
    Refused refused{.argument = std::string(between(text, "inequivalent arg '", "'"))};
    if (refused.argument.empty() || current == std::string_view::npos) {
        return {};
    }
    const std::string_view is = text.substr(current);
    refused.type = between(is, "' of type '", "'");
    refused.value =
        refused.type.empty() ? between(is, "'", "'") : between(is, " the value '", "' of type '");
    if (refused.value.empty() && refused.type.empty()) {
        refused.value = "none";
    }
    return refused;
}

bool Declared::learn(const Refused& refused) {
    if (refused.argument == "durable" || refused.argument == "auto_delete") {
        (refused.argument == "durable" ? durable : auto_delete) = refused.value == "true";
        return true;
    }
    const auto value = argument_value(refused.value, refused.type);
    if (!value) {
        return false;
    }
    const std::string& name = refused.argument;
    if (name == queue_type) {
        type = argument_text(*value);
        names_type = true;
    } else {
        arguments[name] = *value;
    }
    return true;
}

std::string Declared::text() const {
    std::string text = type;
    if (!durable || type == "classic") {
        text += fmt::format(", durable={}", durable);
    }
    return auto_delete ? text + ", auto_delete=true" : text;
}

void declare_queue(Connection& connection, const std::string& queue, const Declared& declared) {
    std::vector<amqp_table_entry_t> entries;
    if (declared.names_type) {
        entries.push_back(entry(queue_type, std::string_view(declared.type)));
    }
    for (const auto& [name, value] : declared.arguments) {
        const char* const key = name.c_str();
        entries.push_back(std::visit([key](const auto& each) { return entry(key, each); }, value));
    }
    const amqp_table_t table{.num_entries = static_cast<int>(entries.size()),
                             .entries = entries.data()};
    amqp_queue_declare(connection.get(), questions_channel, lend(queue), 0,
                       declared.durable ? 1 : 0, 0, declared.auto_delete ? 1 : 0, table);
}

Declared declared_as(Connection& connection, const std::string& queue) {
    Declared found;
    for (int refusals = 0; refusals < most_refusals; ++refusals) {
        declare_queue(connection, queue, found);
        try {
            connection.check_reply("declare a queue");
            found.is_whole = true;
            break;
        } catch (const Error& error) {
            if (error.code() != "amqp_406") {
                throw;
            }
            connection.open_channel(questions_channel);
            if (!found.learn(read_refusal(error.what()))) {
                break;
            }
        }
    }
    return found;
}

std::string difference(const Declared& there, const QueueArguments& wanted) {
    if (there.type != "quorum" || !there.durable || there.auto_delete) {
        return fmt::format("there {}; wanted quorum, durable=true", there.text());
    }
    QueueArguments names = wanted;
    names.insert(there.arguments.begin(), there.arguments.end());
    std::string has = "quorum";
    std::string should = has;
    for (const auto& [name, value] : names) {
        const std::string left = argument_text(there.arguments, name);
        const std::string right = argument_text(wanted, name);
        if (left != right) {
            has += fmt::format(", {}={}", name, left);
            should += fmt::format(", {}={}", name, right);
        }
    }
    return fmt::format("there {}; wanted {}", has, should);
}

}  // namespace batch::amqp
