#pragma once

#include "core/os/hand.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace batch {

/// In the environment of every worker; what it starts inherits it, also across setsid().
inline constexpr std::string_view worker_variable = "BATCH_WORKER";

/// Orphans below this process become its children, whatever group or session they are in
/// (PR_SET_CHILD_SUBREAPER, prctl(2)).
void become_subreaper();

/// Pids of all processes below this one, at any depth.
std::vector<pid_t> descendants();

/// Kills all descendants that carry BATCH_WORKER=`tag`, and reaps those that are our children.
///
/// `live_leader` (0: none) and what it started are left alone.  Call it for a worker that has ended
/// after its Child was reaped.  Returns how many were killed.
std::size_t kill_escaped(std::string_view tag, pid_t live_leader = 0);

/// Reaps orphans that became our children and have ended by themselves; nobody waits for them.
///
/// `ours` are the pids of the children that somebody does wait for.
void reap_orphans(const std::vector<pid_t>& ours);

/// The mark in the environment of the workers of a process; a number of each follows.
std::string mark_of(const ProcessName& process);

/// Kills what a process that is gone has left running: the workers it noted with their groups, what
/// carries its mark, and all that is below them.  Returns how many.
///
/// What has left the group of its worker and wiped its environment is not found.
std::size_t kill_orphans(const HandNotes& notes);

/// Kills all descendants and reaps our children: for a process that has no Child at the moment.
std::size_t kill_descendants();

}  // namespace batch
