#pragma once

#include "cli/context.hpp"
#include "cli/results/sink.hpp"

namespace batch::cli {

/// Gives the finished items in input order as they end, until all have ended or nobody reads.
///
/// Throws as a wait does if the batch is removed, or paused until a person acts.
void follow_results(Context& context, const Batch& batch, ResultSink& sink);

}  // namespace batch::cli
