#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/steering.hpp"

namespace batch::sqlite {

/// Makes a final batch invisible and deletes it.  Throws Error{conflict} if it is not final.
void remove_batch(Connection& connection, BatchNo batch, Steering::Keep keep);

/// Deletes what there is of a draft, in slices; does nothing to a batch that is visible.
void remove_rows(Connection& connection, BatchNo batch);

/// Deletes the texts that no batch uses and nobody lists.
void remove_unused_templates(Connection& connection);

}  // namespace batch::sqlite
