#pragma once

#include "core/base/row_reader.hpp"

#include <memory>
#include <string>

namespace batch {

/// Each line is a JSON value, kept as it is written; empty lines are skipped.
std::unique_ptr<RowReader> open_ndjson(ByteSource& source, std::string file,
                                       const RowLimits& limits);

}  // namespace batch
