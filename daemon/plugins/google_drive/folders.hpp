#pragma once

#include "core/base/time.hpp"
#include "daemon/plugins/google_drive/drive.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace batch::drive {

/// The folders within the target that outputs go into, made where they are missing.
///
/// Drive lets two folders of one name stand side by side, and lists a new one late.  So whoever
/// makes one chooses its id, notes it, and makes it then, all under a lock: the workers of this
/// user share the notes, a file beside the logins.
class Folders {
public:
    /// The drive must outlive it; account: whose login that is, as others may not see its folders.
    Folders(Drive& drive, std::filesystem::path notes_in, std::string account);

    /// "7a/Ada.pdf" in a folder becomes "Ada.pdf" in the folder 7a of that folder.
    /// Throws what Drive throws, and Refused{retryable} if the notes are locked for long.
    void place(FileInfo& info);

    /// What is known may be out of date: something was not where it should be.
    void forget() { known_.clear(); }

private:
    /// A folder that was looked at.
    struct Known {
        std::string id;
        BootTime at;
    };

    std::string find_or_make(const std::string& parent, const std::string& name);
    std::string look_up(const std::string& parent, const std::string& name);

    Drive& drive_;
    std::filesystem::path notes_in_;
    std::string account_;
    std::map<std::pair<std::string, std::string>, Known> known_;  ///< by parent and name
};

}  // namespace batch::drive
