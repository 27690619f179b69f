#pragma once

#include "core/base/row_reader.hpp"

#include <memory>
#include <string>

namespace batch {

/// Each line is a text; empty lines are skipped.
std::unique_ptr<RowReader> open_lines(ByteSource& source, std::string file,
                                      const RowLimits& limits);

}  // namespace batch
