#pragma once

#include "cli/context.hpp"

#include <string>

namespace batch::cli {

/// What a command that changes a batch says: a sentence on standard error, or with --json the batch
/// as it is now on standard output.
void answer(Context& context, const Batch& batch, const std::string& sentence);

/// The same where nothing had to be done: as a note.
void answer_unchanged(Context& context, const Batch& batch, const std::string& sentence);

/// The batch as one documented object.
void print_batch(Context& context, const Batch& batch);

}  // namespace batch::cli
