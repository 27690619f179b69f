#include "cli/auth/tool.hpp"
#include "cli/dispatch.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

int main(int argc, char** argv) {
    // Secrets are in this memory: no core dump, and nobody of the same user looks in.
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    batch::cli::AuthTool tool;
    return batch::cli::dispatch(argc, argv, &tool);
}
