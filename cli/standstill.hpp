#pragma once

#include "cli/context.hpp"
#include "cli/reason.hpp"
#include "core/base/error.hpp"

#include <string>
#include <vector>

namespace batch::cli {

/// What is said about batches that are not finished when a wait for them ends, or goes on.

/// Whether batchd paused the batch and a person must do something: no wait helps then.
bool needs_a_person(const Batch& batch);

/// Why the login that it waits for may have ended; empty if nothing is known.
std::string why_login_ended(const Batch& batch);

/// Of such a batch; its exit status is 4 for a missing login, else 8.
Error paused_by_batchd(const Batch& batch);

/// Of a batch that is no longer there.
Error removed_meanwhile(const Batch& batch);

/// "0e4c2a11 (urls.csv) waits: paused by ada 8m ago; ..."
std::string waits_through(const Batch& batch, const std::string& reason);

/// After --timeout.
Error not_finished(const Batch& batch, Millis timeout, const std::optional<Reason>& reason);

/// Ctrl-C, and the batches are kept: a line for each, and how to go on.
void print_kept(const Globals& globals, const std::vector<Batch>& batches);

/// Ctrl-C with --on-interrupt cancel.
std::string cancelling(const Batch& batch);

}  // namespace batch::cli
