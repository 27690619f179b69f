#include "core/plugin/typed.hpp"

#include <fmt/core.h>

namespace batch {

std::string Typed::say(std::string_view plugin, std::string_view instead_of_rest) const {
    return fmt::format("{}{}{}{}", flag, flag.empty() ? "" : " ", name.empty() ? plugin : name,
                       instead_of_rest);
}

std::string Typed::with_outcome(std::string_view message) const {
    return fmt::format("{}{}{}", message, outcome.empty() ? "" : "; ", outcome);
}

}  // namespace batch
