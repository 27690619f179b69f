#pragma once

#include "tests/cli/house.hpp"

#include <string>
#include <vector>

namespace batch::testing {

struct TerminalWish {
    unsigned short columns = 120;
    std::string typed;    ///< what a person answers
    bool colors = false;  ///< else NO_COLOR is set
};

/// batchctl WORDS with all three streams on terminals of their own; what was written to them.
Said on_terminal(const std::vector<std::string>& words, const TerminalWish& wish = {});

}  // namespace batch::testing
