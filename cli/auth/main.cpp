#include "cli/auth/tool.hpp"
#include "cli/dispatch.hpp"
#include "core/os/private_memory.hpp"

int main(int argc, char** argv) {
    batch::keep_memory_private();
    batch::cli::AuthTool tool;
    return batch::cli::dispatch(argc, argv, &tool);
}
