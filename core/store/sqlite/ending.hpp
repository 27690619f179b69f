#pragma once

#include "core/model/batch.hpp"
#include "core/store/sqlite/connection.hpp"

namespace batch::sqlite {

/// An aborted batch's items are cancelled without a row of their own, and its counters say so at
/// once.  These give rows to some of them, in slices; no counter changes.

/// The retries that were waiting.
void end_waiting(Connection& connection, BatchNo batch);

/// The same for every aborted batch that still has some.
void end_waiting_of_aborted(Connection& connection);

/// All that have none: from then on the batch need not be aborted for them to be cancelled.
void end_untold(Connection& connection, BatchNo batch);

}  // namespace batch::sqlite
