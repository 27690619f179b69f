#include "cli/command.hpp"

#include <algorithm>
#include <array>

namespace batch::cli {

#define REGISTER(name) extern const Command name##_command;
#include "cli/commands.def"
#undef REGISTER

namespace {

constexpr std::array all{
#define REGISTER(name) &name##_command,
#include "cli/commands.def"
#undef REGISTER
};

}  // namespace

std::span<const Command* const> commands() {
    return all;
}

const Command* find_command(std::string_view name) {
    const auto found =
        std::ranges::find_if(all, [name](const Command* each) { return each->name == name; });
    return found == all.end() ? nullptr : *found;
}

}  // namespace batch::cli
