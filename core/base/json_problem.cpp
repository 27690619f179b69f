#include "core/base/json_problem.hpp"

#include "core/base/json_scan.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace batch {

namespace {

/// "[json.exception.parse_error.101] parse error at line 1, column 7: syntax error while parsing
/// value - invalid literal; last read: 'nul'": only "invalid literal".
std::string reason_in(std::string_view text) {
    const std::size_t tag = text.find("] ");
    const std::size_t dash = text.find(" - ");
    if (dash != std::string_view::npos) {
        text.remove_prefix(dash + 3);
    } else if (tag != std::string_view::npos) {
        text.remove_prefix(tag + 2);
    }
    return std::string(text.substr(0, text.find("; last read")));
}

/// Listens to nlohmann's parser and keeps nothing but the first problem and the depth.
class Listener {
public:
    const std::optional<JsonProblem>& problem() const noexcept { return problem_; }

    bool is_too_deep() const noexcept { return depth_ > max_json_depth; }

    static bool null() { return true; }

    static bool boolean(bool) { return true; }

    static bool number_integer(std::int64_t) { return true; }

    static bool number_unsigned(std::uint64_t) { return true; }

    static bool number_float(double, const std::string&) { return true; }

    static bool string(std::string&) { return true; }

    static bool binary(Json::binary_t&) { return true; }

    static bool key(std::string&) { return true; }

    bool start_object(std::size_t) { return enter(); }

    bool start_array(std::size_t) { return enter(); }

    bool end_object() { return leave(); }

    bool end_array() { return leave(); }

    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) {
        problem_ = JsonProblem{reason_in(error.what()), position == 0 ? 0 : position - 1};
        return false;
    }

private:
    bool enter() { return ++depth_ <= max_json_depth; }

    bool leave() {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
    std::optional<JsonProblem> problem_;
};

/// Where the first bracket beyond the depth is; the text is valid up to there.
std::size_t too_deep_at(std::string_view text) {
    const char* const end = text.data() + text.size();
    std::size_t depth = 0;
    const char* place = text.data();
    while (place != end) {
        if (*place == '"') {
            place = skip_json_string(place, end);
            continue;
        }
        if ((*place == '[' || *place == '{') && ++depth > max_json_depth) {
            break;
        }
        depth -= *place == ']' || *place == '}' ? 1 : 0;
        ++place;
    }
    return static_cast<std::size_t>(place - text.data());
}

}  // namespace

std::optional<JsonProblem> json_problem(std::string_view text) {
    // nlohmann passes over the mark, and takes NUL for the end.
    if (text.starts_with("\xEF\xBB\xBF")) {
        return JsonProblem{"a byte order mark", 0};
    }
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        return JsonProblem{"a NUL character", nul};
    }
    Listener listener;
    if (Json::sax_parse(text.begin(), text.end(), &listener)) {
        return std::nullopt;
    }
    if (listener.is_too_deep()) {
        return JsonProblem{fmt::format("nested more than {} levels deep", max_json_depth),
                           too_deep_at(text)};
    }
    return listener.problem();
}

}  // namespace batch
