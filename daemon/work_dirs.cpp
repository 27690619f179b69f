#include "daemon/work_dirs.hpp"

#include "core/os/crash_point.hpp"
#include "core/os/file.hpp"
#include "daemon/own_failure.hpp"

#include <fmt/core.h>

#include <utility>

namespace batch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_spare = 1000;  // of a batch; as many as one commit may set free

bool take_over(std::vector<fs::path>& spare, const fs::path& name) {
    while (!spare.empty()) {
        const fs::path old = std::move(spare.back());
        spare.pop_back();
        std::error_code gone;
        fs::rename(old, name, gone);
        if (!gone) {
            return true;
        }
    }
    return false;
}

}  // namespace

WorkDirs::~WorkDirs() {
    while (!spare_.empty()) {
        const std::string batch_id = spare_.begin()->first;
        close(batch_id);
    }
}

fs::path WorkDirs::folder_of(std::string_view batch_id) const {
    return root_ / batch_id / ".work";
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
        auto known = spare_.find(batch_id);
        if (known == spare_.end()) {
            known = spare_.emplace(batch_id, std::vector<fs::path>{}).first;
        }
        dir = folder_of(batch_id) /
              fmt::format("{}.{}.{}", execution.item.id.index(), execution.claim, execution.step);
        if (!take_over(known->second, dir)) {
            ensure_dir(dir);
        }
    });
    crash_point("step.dir_made");
    return dir;
}

void WorkDirs::release(const Execution& execution, const std::string& batch_id) noexcept {
    for (const fs::path& dir : execution.dirs) {
        if (dir.empty()) {
            continue;
        }
        auto& spare = spare_[batch_id];
        if (spare.size() < most_spare && is_empty_dir(dir, private_folder)) {
            spare.push_back(dir);
        } else {
            std::error_code ignored;
            fs::remove_all(dir, ignored);
        }
    }
}

void WorkDirs::close(const std::string& batch_id) noexcept {
    const auto known = spare_.extract(batch_id);
    if (known.empty()) {
        return;
    }
    std::error_code ignored;
    for (const fs::path& dir : known.mapped()) {
        fs::remove(dir, ignored);
    }
    // Only what is empty: a batchd that took our place may be at work in them.
    fs::remove(folder_of(batch_id), ignored);
    fs::remove(root_ / batch_id, ignored);
}

}  // namespace batch
