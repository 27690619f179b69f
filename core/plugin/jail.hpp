#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace batch {

/// What a jailed program may see beside /usr, fonts and its private /tmp.
struct JailView {
    std::vector<std::filesystem::path> readable = {};
    std::vector<std::filesystem::path> writable = {};
};

/// The command in bubblewrap: no network, no files of the user's, a process tree of its own, an
/// environment of PATH, HOME, TMPDIR, LANG, LC_ALL and TZ.  The program itself is always readable.
///
/// It dies with the thread that starts it.  TERM ends the jail at once; the polite way is the end
/// of the program's input.
std::vector<std::string> in_jail(const std::vector<std::string>& argv, const JailView& view = {});

/// Why bubblewrap cannot be used here; absent if it can.  Tried once, then remembered.
std::optional<std::string> jail_problem();

}  // namespace batch
