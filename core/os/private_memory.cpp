#include "core/os/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace batch {

void keep_memory_private() noexcept {
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
}

}  // namespace batch
