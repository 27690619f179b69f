#pragma once

#include <sys/types.h>

namespace batch {

/// Where memory runs out, the kernel ends this process, and what it starts from now on, before
/// batchd and most others (proc(5), oom_score_adj).  Never throws: where that is not allowed, the
/// kernel chooses as ever.
void offer_to_oom_killer(pid_t pid) noexcept;

}  // namespace batch
