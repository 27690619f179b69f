#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace batch {

/// A process, named so that a reused pid is not taken for it.
struct ProcessName {
    pid_t pid = 0;
    std::uint64_t start_time = 0;  ///< field 22 of /proc/PID/stat, in clock ticks since boot
    std::string boot_id;

    bool operator==(const ProcessName&) const = default;
};

/// What /proc/PID/stat says; absent if there is no such process.
struct ProcessStat {
    char state = '?';
    pid_t parent = 0;
    pid_t group = 0;
    std::uint64_t start_time = 0;
};

std::optional<ProcessStat> stat_of(pid_t pid);

/// Random per boot (/proc/sys/kernel/random/boot_id).
const std::string& boot_id();

/// This process.
ProcessName own_name();

/// A zombie counts as not alive.
bool is_alive(const ProcessName& process);

/// Those of 0, 1, 2 that were closed lead to /dev/null: no file of ours may take their numbers and
/// get what is printed.  Start of main().
void open_standard_descriptors();

/// What we were started with beyond 0, 1, 2 stays with us: no child inherits it.  Start of main().
void keep_inherited_descriptors();

/// Login name of the user we run as; the number if it has none.
std::string user_name();

bool is_terminal(int fd);

/// Columns of the terminal; $COLUMNS or 80 if it is none.
int terminal_width(int fd);

/// Lines of the terminal; $LINES or 24 if it is none.
int terminal_height(int fd);

}  // namespace batch
