#pragma once

#include "core/base/row_reader.hpp"

#include <memory>
#include <string>

namespace batch {

/// CSV (RFC 4180) or, with a tab as `delimiter`, TSV with the same quotes.
///
/// A cell is always a text and a row an object in the order of the header.  A quote inside a field
/// that does not begin with one is an ordinary character.  Empty lines at the end are skipped, with
/// a single column everywhere.
std::unique_ptr<RowReader> open_csv(ByteSource& source, std::string file, const RowLimits& limits,
                                    char delimiter);

}  // namespace batch
