#include "cli/removing.hpp"

#include "core/os/file.hpp"

namespace batch::cli {

namespace fs = std::filesystem;

void remove_batch(Context& context, const Batch& batch, Steering::Keep keep) {
    // The rows first: files that nobody names any more are cleared away by the next batchd.
    context.store().steering().remove(batch.no, keep);
    remove_tree(context.paths().outputs() / batch.id);
}

std::uint64_t size_of_outputs(Context& context, const Batch& batch) {
    std::uint64_t bytes = 0;
    std::error_code error;
    fs::recursive_directory_iterator entries(context.paths().outputs() / batch.id, error);
    while (!error && entries != fs::recursive_directory_iterator()) {
        std::error_code ignored;
        if (entries->is_regular_file(ignored)) {
            bytes += entries->file_size(ignored);
        }
        entries.increment(error);
    }
    return bytes;
}

}  // namespace batch::cli
