#include "daemon/plugins/file/deliverer.hpp"

int main(int argc, char** argv) {
    batch::file::Deliverer deliverer;
    return batch::plugin::run(argc, argv, deliverer);
}
