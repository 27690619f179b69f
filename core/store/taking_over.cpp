#include "core/store/taking_over.hpp"

#include "core/base/uuid.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/escaped.hpp"
#include "core/store/kept_files.hpp"

#include <map>

namespace batch {
namespace {

namespace fs = std::filesystem;

// What cannot be removed stays: it takes room and nothing else.
void clear_away(const fs::path& path) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

// Folders of batches that are gone, and the work directories of the others.
void clean_folders(Store& store, const fs::path& outputs) {
    std::error_code ignored;
    for (const auto& folder : fs::directory_iterator(outputs, ignored)) {
        const std::string id = folder.path().filename();
        if (!is_uuid(id)) {
            continue;
        }
        if (store.reading().fitting(id, 0, 1).empty()) {
            clear_away(folder.path());
        } else if (!folder.is_symlink(ignored)) {  // what it leads to is not ours
            clear_away(folder.path() / ".work");
        }
    }
}

// An item's files have their names before its row is stored.  In between a batchd may be lost.
void clean_items(Store& store, const fs::path& outputs) {
    std::map<BatchNo, std::string> ids;
    for (const LeftItem& item : store.working().left_by_others()) {
        std::string& id = ids[item.id.batch()];
        if (id.empty()) {
            const auto batch = store.reading().batch(item.id.batch());
            id = batch ? batch->id : "-";
        }
        remove_unnamed(outputs / id / std::to_string(item.id.index()), item.carried);
    }
}

}  // namespace

TakenOver take_over(Store& store, const StatePaths& paths, const std::string& version) {
    TakenOver taken;
    const HandNotes notes = Hand::left_in(paths.hand()).value_or(HandNotes{});
    taken.processes = kill_orphans(notes);
    crash_point("take_over.killed");
    clean_folders(store, paths.outputs());
    clean_items(store, paths.outputs());
    crash_point("take_over.cleaned");
    const ProcessName me = own_name();
    taken.items = store.working().take_over({.boot_id = me.boot_id,
                                             .pid = me.pid,
                                             .start_time = static_cast<std::int64_t>(me.start_time),
                                             .version = version,
                                             .started_at = now()},
                                            notes.items);
    return taken;
}

}  // namespace batch
