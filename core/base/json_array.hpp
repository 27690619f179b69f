#pragma once

#include "core/base/row_reader.hpp"

#include <memory>
#include <string>

namespace batch {

/// The file is one JSON array; each of its values is a row, kept as it is written.  The array is
/// never in memory as a whole.
std::unique_ptr<RowReader> open_json_array(ByteSource& source, std::string file,
                                           const RowLimits& limits);

}  // namespace batch
