#include "daemon/work_dirs.hpp"

#include "core/base/error.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/file.hpp"
#include "daemon/own_failure.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace batch {
namespace {

namespace fs = std::filesystem;

// One call where the folders above it are there already.
void make_dir(const fs::path& dir) {
    if (::mkdir(dir.c_str(), private_folder) != 0) {
        if (errno != ENOENT) {
            throw system_error("make the folder " + dir.native(), errno);
        }
        ensure_dir(dir);
    }
}

}  // namespace

WorkDirs::~WorkDirs() {
    while (!batches_.empty()) {
        const std::string batch_id = *batches_.begin();
        close(batch_id);
    }
}

fs::path WorkDirs::folder_of(std::string_view batch_id) const {
    return root_ / batch_id / ".work";
}

fs::path WorkDirs::open(std::string_view batch_id) {
    ensure_dir_durably(root_ / batch_id);  // what is kept in it later must be found again
    ensure_dir(folder_of(batch_id));
    batches_.emplace(batch_id);
    return folder_of(batch_id);
}

fs::path WorkDirs::make(Execution& execution, std::string_view batch_id) {
    if (execution.dirs.size() <= execution.step) {
        execution.dirs.resize(execution.step + 1);
    }
    fs::path& dir = execution.dirs[execution.step];
    as_own_failure([&] {
        if (!dir.empty()) {
            remove_tree(dir);
        }
        if (!batches_.contains(batch_id)) {
            open(batch_id);
        }
        dir = folder_of(batch_id) /
              fmt::format("{}.{}.{}", execution.item.id.index(), execution.claim, execution.step);
        make_dir(dir);
    });
    crash_point("step.dir_made");
    return dir;
}

void WorkDirs::release(const Execution& execution) noexcept {
    for (const fs::path& dir : execution.dirs) {
        if (!dir.empty() && ::rmdir(dir.c_str()) != 0) {
            std::error_code ignored;
            fs::remove_all(dir, ignored);
        }
    }
}

void WorkDirs::close(const std::string& batch_id) noexcept {
    if (batches_.erase(batch_id) > 0) {
        // Only what is empty: a batchd that took our place may be at work in them.
        std::error_code ignored;
        fs::remove(folder_of(batch_id), ignored);
        fs::remove(root_ / batch_id, ignored);
    }
}

}  // namespace batch
