#include "daemon/plugins/google_drive/folders.hpp"

#include "core/auth/vault/locking.hpp"
#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "core/plugin/outbox.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace batch::drive {

using plugin::Json;
using plugin::Refused;

namespace {

constexpr std::chrono::seconds lock_patience{60};
constexpr std::chrono::seconds good_for{30};  // people move folders, and throw them away
constexpr std::size_t most_notes = std::size_t{4} << 20U;  // bytes; then it begins anew

/// What is noted; nothing if the file is not there or cannot be read: it only saves questions.
Json notes_of(const std::filesystem::path& path) {
    try {
        Json notes = Json::parse(read_file(path, most_notes));
        return notes.is_object() ? notes : Json::object();
    } catch (const Error&) {
        return Json::object();
    } catch (const Json::exception&) {
        return Json::object();
    }
}

FileLock lock_of(const std::filesystem::path& path) {
    if (auto lock = auth::wait_for_lock(path, "a folder in Drive", lock_patience)) {
        return std::move(*lock);
    }
    throw Refused({.error_class = ErrorClass::retryable,
                   .code = "drive_busy",
                   .message = "another process has been making folders in Drive for a minute",
                   .hint = "",
                   .after = {}});
}

}  // namespace

Folders::Folders(Drive& drive, std::filesystem::path notes_in, std::string account)
    : drive_{drive}, notes_in_{std::move(notes_in)}, account_{std::move(account)} {}

void Folders::place(FileInfo& info) {
    for (auto slash = info.name.find('/'); slash != std::string::npos;
         slash = info.name.find('/')) {
        if (slash > 0) {
            info.folder = find_or_make(info.folder, info.name.substr(0, slash));
        }
        info.name.erase(0, slash + 1);
    }
}

std::string Folders::find_or_make(const std::string& parent, const std::string& name) {
    const auto found = known_.find({parent, name});
    if (found != known_.end() && BootClock::now() < found->second.at + good_for) {
        return found->second.id;
    }
    std::string id = look_up(parent, name);
    known_.insert_or_assign({parent, name}, Known{.id = id, .at = BootClock::now()});
    return id;
}

std::string Folders::look_up(const std::string& parent, const std::string& name) {
    using State = Drive::FolderState;
    auth::make_private_folder(notes_in_);
    const FileLock lock = lock_of(notes_in_ / ".drive-folders.lock");
    const std::filesystem::path path = notes_in_ / ".drive-folders";
    Json notes = notes_of(path);
    const std::string key = fmt::format("{}/{}/{}", account_, parent, name);
    const auto noted = notes.find(key);
    std::string id = noted != notes.end() && noted->is_string() ? *noted : Json("");
    const State state = id.empty() ? State::elsewhere : drive_.look_at_folder(id, parent, name);
    if (state == State::there) {
        return id;
    }
    const auto there = drive_.folder_named(parent, name);
    if (there) {
        id = *there;
    } else if (state == State::elsewhere) {
        id = drive_.new_id();
    }
    const auto note = [&] {
        notes[key] = id;
        const std::string text = notes.dump();
        atomic_write(path, text.size() < most_notes ? text : Json{{key, id}}.dump());
    };
    note();
    // A noted id that Drive does not know is of a request that may still be on its way; or of a
    // folder that this login may not see.
    if (!there && !drive_.make_folder(id, parent, name) &&
        drive_.look_at_folder(id, parent, name) != State::there) {
        id = drive_.new_id();
        note();
        drive_.make_folder(id, parent, name);
    }
    return id;
}

}  // namespace batch::drive
