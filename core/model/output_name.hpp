#pragma once

#include "core/model/batch.hpp"
#include "core/model/placeholder.hpp"

#include <string>
#include <string_view>

namespace batch {

/// What an output's name gets behind it.
struct NameEnding {
    int suffix = 0;              ///< 2 makes "name (2)"; 0: none
    std::string_view extension;  ///< added if it is missing; empty: none
};

/// The name of an item's output below its target folder: the plan's output_name filled in, or the
/// index, zero-padded to the width of the batch's last one.  Values are cleaned; slashes that were
/// typed are folders.
std::string output_name(const Plan& plan, const Json& row, const ItemFacts& facts,
                        const NameEnding& ending);

/// The same of the plan's output_name taken apart, for many rows.
std::string output_name(const Pattern& pattern, const Json& row, const ItemFacts& facts,
                        const NameEnding& ending);

/// A value as part of a file name: no separators, control characters or characters that other
/// systems refuse; no dot or dash in front; at most 180 bytes.
std::string clean_name(std::string_view value);

}  // namespace batch
