#include "core/base/json.hpp"
#include "core/base/json_problem.hpp"

#include <algorithm>

#include <simdjson.h>

namespace batch {

struct JsonValidator::State {
    simdjson::dom::parser parser;
};

namespace {

constexpr std::size_t first_capacity = 4096;

}  // namespace

JsonValidator::JsonValidator() : state_(std::make_unique<State>()) {}

JsonValidator::~JsonValidator() = default;
JsonValidator::JsonValidator(JsonValidator&&) noexcept = default;
JsonValidator& JsonValidator::operator=(JsonValidator&&) noexcept = default;

std::optional<JsonProblem> JsonValidator::problem(std::string_view text) {
    auto& parser = state_->parser;
    const bool is_ready = parser.capacity() >= text.size() && parser.max_depth() == max_json_depth;
    if (!is_ready && parser.allocate(std::max(text.size(), first_capacity), max_json_depth) !=
                         simdjson::SUCCESS) {
        return json_problem(text);
    }
    if (parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS) {
        return std::nullopt;
    }
    // simdjson does not say where, refuses integers of more than 64 bits, and counts a level that
    // is not empty as two.
    return json_problem(text);
}

}  // namespace batch
