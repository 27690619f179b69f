#pragma once

#include "core/model/placeholder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// The part of a row that placeholders name.  The rest is stepped over: of a wide row little is
/// parsed, and of a row without placeholders nothing.
class RowPart {
public:
    /// The part has what this pattern needs, too.
    void need(const Pattern& pattern);

    /// From a row's JSON text, which must be valid.  Pattern::fill() of a pattern that was given
    /// makes the same of it as of the whole row.
    Json of(std::string_view row) const;

private:
    void need(std::string_view name);

    std::vector<std::string> keys_;  ///< of the row itself; what is inside comes with them
    bool whole_ = false;             ///< {}
};

}  // namespace batch
