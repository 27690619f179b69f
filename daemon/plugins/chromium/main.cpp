#include "daemon/plugins/chromium/chromium.hpp"

int main(int argc, char** argv) {
    batch::chromium::Chromium chromium;
    return batch::plugin::run(argc, argv, chromium);
}
