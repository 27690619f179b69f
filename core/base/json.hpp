#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace batch {

/// The one JSON tree of the project; objects keep the order of their keys.
using Json = nlohmann::ordered_json;

/// How deeply any JSON may be nested: [] is one level.  Deeper text overflows the stack of
/// nlohmann's dump().
inline constexpr std::size_t max_json_depth = 64;

/// What is wrong with a JSON text, and at which byte (from 0).
struct JsonProblem {
    std::string message;
    std::size_t offset = 0;
};

/// Throws Error{bad_input} "<what> is not valid JSON: ..." also for text nested too deeply.
Json parse_json(std::string_view text, std::string_view what);

/// On one line.  Never throws: what is not UTF-8 becomes U+FFFD.
std::string dump(const Json& json);

/// Appends the text as a JSON string, with its quotes.  The text must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// The text of a raw JSON string, which still has its quotes; other raw values are returned as they
/// are.  Half a surrogate pair becomes U+FFFD.
std::string json_text(std::string_view raw);

/// Checks texts with simdjson, keeping its memory for the next one.  Not for two threads at once.
class JsonValidator {
public:
    JsonValidator();
    ~JsonValidator();
    JsonValidator(JsonValidator&&) noexcept;
    JsonValidator& operator=(JsonValidator&&) noexcept;

    /// Absent if the text is one JSON value, UTF-8 and nested at most max_json_depth levels.
    std::optional<JsonProblem> problem(std::string_view text);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Walks over the members of an object without parsing their values.
///
/// The text must be valid JSON; of anything but an object there are no members.  Key and value are
/// raw slices of it: strings have their quotes and escapes (see json_text()).
class JsonObjectScanner {
public:
    explicit JsonObjectScanner(std::string_view object);

    /// Goes to the first, then to the next member; false after the last.
    bool next();

    std::string_view key() const noexcept { return key_; }

    std::string_view value() const noexcept { return value_; }

private:
    const char* place_;
    const char* end_;
    std::string_view key_;
    std::string_view value_;
};

/// Calls visit(key_raw, value_raw) for each member; see JsonObjectScanner.
template <typename Visit>
void for_each_member(std::string_view object, Visit&& visit) {
    for (JsonObjectScanner scanner(object); scanner.next();) {
        visit(scanner.key(), scanner.value());
    }
}

}  // namespace batch
