#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace batch {

/// Finds where a JSON value ends that comes in pieces; whether it is valid is for others to say.
class JsonValueEnd {
public:
    /// `view` starts with the value, and with each call there is more of it.
    std::optional<std::size_t> find(std::string_view view);

    /// The first bytes of the view are gone.
    void drop(std::size_t size) { at_ -= size; }

    std::size_t seen() const noexcept { return at_; }

private:
    enum class State { start, scalar, container, string, escape };

    bool step(const char* begin, const char* end);
    bool step_structure(char c);
    bool step_string(char c);
    void step_start(char c);

    State state_ = State::start;
    std::size_t depth_ = 0;
    std::size_t at_ = 0;
};

}  // namespace batch
