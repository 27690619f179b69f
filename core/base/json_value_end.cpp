#include "core/base/json_value_end.hpp"

#include "core/base/byte_set.hpp"

namespace batch {

namespace {

constexpr ByteSet structure{"\"[]{}"};
constexpr ByteSet string_end{"\"\\"};
constexpr ByteSet scalar_end{",]} \t\r\n"};

}  // namespace

std::optional<std::size_t> JsonValueEnd::find(std::string_view view) {
    const char* const end = view.data() + view.size();
    while (at_ < view.size()) {
        if (step(view.data() + at_, end)) {
            return at_;
        }
    }
    return std::nullopt;
}

/// Goes to the next byte that matters; true if the value ends there.
bool JsonValueEnd::step(const char* begin, const char* end) {
    const auto go_to = [&](const ByteSet& set) {
        const char* const found = set.find(begin, end);
        at_ += static_cast<std::size_t>(found - begin);
        return found;
    };
    switch (state_) {
        case State::start: step_start(*begin); return false;
        case State::scalar: return go_to(scalar_end) != end;
        case State::escape:
            ++at_;
            state_ = State::string;
            return false;
        case State::string: {
            const char* const found = go_to(string_end);
            return found != end && step_string(*found);
        }
        case State::container: break;
    }
    const char* const found = go_to(structure);
    return found != end && step_structure(*found);
}

void JsonValueEnd::step_start(char c) {
    state_ = State::scalar;
    if (c == '"') {
        state_ = State::string;
        ++at_;
    } else if (c == '[' || c == '{') {
        state_ = State::container;
        ++depth_;
        ++at_;
    }
}

bool JsonValueEnd::step_string(char c) {
    ++at_;
    if (c == '\\') {
        state_ = State::escape;
        return false;
    }
    state_ = State::container;
    return depth_ == 0;
}

bool JsonValueEnd::step_structure(char c) {
    ++at_;
    if (c == '"') {
        state_ = State::string;
        return false;
    }
    depth_ = c == '[' || c == '{' ? depth_ + 1 : depth_ - 1;
    return depth_ == 0;
}

}  // namespace batch
