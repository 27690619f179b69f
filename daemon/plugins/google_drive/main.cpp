#include "core/os/private_memory.hpp"
#include "daemon/plugins/google_drive/deliverer.hpp"

int main(int argc, char** argv) {
    batch::keep_memory_private();
    batch::drive::Deliverer deliverer;
    return batch::plugin::run(argc, argv, deliverer);
}
