#include "daemon/plugins/google_drive/deliverer.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

int main(int argc, char** argv) {
    // Secrets are in this memory.
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    batch::drive::Deliverer deliverer;
    return batch::plugin::run(argc, argv, deliverer);
}
