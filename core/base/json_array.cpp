#include "core/base/json_array.hpp"

#include "core/base/json.hpp"
#include "core/base/json_scan.hpp"
#include "core/base/json_value_end.hpp"
#include "core/base/place.hpp"
#include "core/base/row_error.hpp"
#include "core/base/window.hpp"

#include <optional>
#include <utility>

namespace batch {

namespace {

class JsonArrayRows : public RowReader {
public:
    JsonArrayRows(ByteSource& source, std::string file, const RowLimits& limits)
        : window_(source, limits.block),
          limit_(limits.row_size),
          place_{.file = std::move(file), .line = 1, .column = 1} {
        window_.skip_mark();
    }

    bool next(Row& row) override;

    bool can_continue() const noexcept override { return state_ != State::finished; }

    const std::vector<std::string>& columns() const noexcept override { return columns_; }

private:
    enum class State { start, first, later, finished };

    bool go_to_value();
    void enter();
    void leave();
    std::size_t find_value_end();
    std::optional<char> skip_space();
    void take(std::size_t size);
    Error fatal(const std::string& message, std::string hint = {});

    Window window_;
    std::size_t limit_;
    JsonValidator validator_;
    State state_ = State::start;
    Place place_;  ///< of the first byte in view
    std::vector<std::string> columns_;
};

bool JsonArrayRows::next(Row& row) {
    if (state_ == State::start) {
        enter();
    }
    if (state_ == State::finished || !go_to_value()) {
        return false;
    }
    state_ = State::later;
    const Place start = place_;
    const std::size_t size = find_value_end();
    if (size == 0) {
        throw Error(ErrorKind::bad_input, "a value is missing").at(start);
    }
    const std::string_view value = window_.view().substr(0, size);
    const auto problem = validator_.problem(value);
    const Place bad = problem ? place_behind(start, value.substr(0, problem->offset)) : Place{};
    row.line = start.line;
    row.payload = value;
    take(size);
    if (problem) {
        throw Error(ErrorKind::bad_input, "not valid JSON: " + problem->message).at(bad);
    }
    return true;
}

void JsonArrayRows::enter() {
    if (const auto c = skip_space(); c != '[') {
        throw fatal(c ? "not a JSON array, which begins with [" : "an empty file is no JSON array",
                    c == '{' ? "if each line is an object: --rows-format ndjson" : "");
    }
    take(1);
    state_ = State::first;
}

/// False if the array ends instead.
bool JsonArrayRows::go_to_value() {
    auto c = skip_space();
    if (c == ']') {
        leave();
        return false;
    }
    if (c && state_ == State::later) {
        if (c != ',') {
            throw fatal("a comma or ] is missing");
        }
        take(1);
        c = skip_space();
    }
    if (!c) {
        throw fatal("the array is never closed");
    }
    return true;
}

void JsonArrayRows::leave() {
    take(1);
    if (skip_space()) {
        throw fatal("text behind the array");
    }
    state_ = State::finished;
}

/// How many bytes of the view are the value; those of a value over the limit are passed over.
std::size_t JsonArrayRows::find_value_end() {
    const Place start = place_;
    JsonValueEnd value;
    bool is_dropped = false;
    auto size = value.find(window_.view());
    while (!size) {
        if (value.seen() > limit_) {
            is_dropped = true;
            const std::size_t seen = value.seen();
            take(seen);
            value.drop(seen);
        }
        if (!window_.more()) {
            place_ = start;
            throw fatal("the array is never closed");
        }
        size = value.find(window_.view());
    }
    if (is_dropped || *size > limit_) {
        take(*size);
        throw row_too_large(limit_, start);
    }
    return *size;
}

/// The first character behind white space, which is taken; absent at the end.
std::optional<char> JsonArrayRows::skip_space() {
    do {
        const std::string_view view = window_.view();
        const char* const end = view.data() + view.size();
        const char* const found = skip_json_space(view.data(), end);
        take(static_cast<std::size_t>(found - view.data()));
        if (found != end) {
            return *found;
        }
    } while (window_.more());
    return std::nullopt;
}

void JsonArrayRows::take(std::size_t size) {
    place_ = place_behind(std::move(place_), window_.view().substr(0, size));
    window_.consume(size);
}

Error JsonArrayRows::fatal(const std::string& message, std::string hint) {
    state_ = State::finished;
    return Error(ErrorKind::bad_input, message, std::move(hint)).at(place_);
}

}  // namespace

std::unique_ptr<RowReader> open_json_array(ByteSource& source, std::string file,
                                           const RowLimits& limits) {
    return std::make_unique<JsonArrayRows>(source, std::move(file), limits);
}

}  // namespace batch
