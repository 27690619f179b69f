#pragma once

#include "core/base/json.hpp"
#include "core/model/item.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace batch::cli {

/// The documented JSON objects (batchctl(1), JSON).  Every member is always there; what is not
/// known is null.

Json batch_shape(const Batch& batch, const std::optional<Reason>& reason);
const std::vector<std::string_view>& batch_fields();

Json item_shape(const Batch& batch, const Item& item);
const std::vector<std::string_view>& item_fields();

Json result_shape(const Batch& batch, const Item& item);
const std::vector<std::string_view>& result_fields();

Json log_shape(const Batch& batch, const LogLine& line);
const std::vector<std::string_view>& log_fields();

/// Whether a batch with this reason is at work all the same, only not as fast as it could be.
bool does_move(const std::optional<Reason>& reason);

/// Items finished per second since the batch began; absent before there is one.
std::optional<double> rate_of(const Batch& batch, TimePoint at);

/// What is left at that rate; absent if it cannot be told or nothing is left.
std::optional<Millis> time_left(const Batch& batch, TimePoint at);

/// From submit (or start) to the end, or until now.
Millis elapsed(const Batch& batch, TimePoint at);

}  // namespace batch::cli
