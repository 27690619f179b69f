#pragma once

#include "cli/output/table.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// How `status` lists batches.

/// DONE and TOTAL are one column for people.
std::vector<Column> status_columns(bool people);

/// The batch object; `flat` adds what only columns have: done, total, failed.
Json status_record(const Batch& batch, const std::optional<Reason>& reason, bool flat);

/// The list for people as text.
using Why = std::function<std::optional<Reason>(const Batch&)>;
std::string status_table(Context& context, const std::vector<Batch>& batches, const Why& why);

}  // namespace batch::cli
