#include "cli/dispatch.hpp"

int main(int argc, char** argv) {
    return batch::cli::dispatch(argc, argv);
}
