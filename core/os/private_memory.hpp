#pragma once

namespace batch {

/// From now on this process leaves no core dump, and nobody of the same user looks into its memory
/// (prctl(2), PR_SET_DUMPABLE): there will be secrets in it.
void keep_memory_private() noexcept;

}  // namespace batch
