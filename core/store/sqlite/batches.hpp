#pragma once

#include "core/store/reading.hpp"
#include "core/store/sqlite/connection.hpp"

namespace batch::sqlite {

std::vector<Batch> find_batches(Connection& connection, const BatchFilter& filter);
std::optional<Batch> find_batch(Connection& connection, BatchNo no);
/// Throws Error{not_found} if it was removed.
Batch existing_batch(Connection& connection, BatchNo no);

/// See Reading::fitting().
std::vector<Batch> batches_fitting(Connection& connection, std::string_view name, std::uint32_t uid,
                                   std::size_t limit);

}  // namespace batch::sqlite
