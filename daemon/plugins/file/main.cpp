#include "daemon/plugins/file/deliverer.hpp"

#include <csignal>

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is an error of write(2)
    batch::file::Deliverer deliverer;
    return batch::plugin::run(argc, argv, deliverer);
}
