#pragma once

#include "cli/context.hpp"

namespace batch::cli {

/// Takes a final batch out of the state file, and what it made out of the state folder.  Delivered
/// files stay.  Throws Error{conflict} if it is not final.
void remove_batch(Context& context, const Batch& batch, Steering::Keep keep);

/// Bytes that the batch's outputs take in the state folder.
std::uint64_t size_of_outputs(Context& context, const Batch& batch);

}  // namespace batch::cli
