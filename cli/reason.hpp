#pragma once

#include "cli/context.hpp"
#include "core/os/lock.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// Why unfinished batches are not faster, and why aborted ones were (batchctl(1), REASONS).
///
/// One look at who works on the state file; make another one for a later look.
class Reasons {
public:
    Reasons(Context& context, Store& store);

    /// Absent if the batch is as fast as it gets, or ended by itself.
    std::optional<Reason> of(const Batch& batch);

    bool is_anyone_working() const noexcept { return works_; }

private:
    std::optional<Reason> nobody_works() const;
    std::optional<Reason> nobody_works_on(const Batch& batch);
    std::optional<Reason> disk_full(const Batch& batch) const;
    std::optional<Reason> waiting_for_retry(const Batch& batch);
    std::optional<Reason> sharing(const Batch& batch);
    int workers_of(const Batch& batch) const;

    Context& context_;
    Store& store_;
    std::optional<Holder> holder_;
    bool works_ = false;
    std::optional<std::vector<Batch>> active_;
    std::optional<std::string> server_trouble_;
};

/// Whether a batchd holds the lock of the state file; a stopped one too.
bool is_daemon(const std::optional<Holder>& holder);

/// What starts a batchd for this state: with systemctl only where its unit is installed.
std::string start_command(Context& context);

/// What restarts the one that runs; where no unit is installed a person has stopped it first.
std::string restart_command(Context& context);

/// "no batchd is running", with what starts one.
void warn_nobody_works(Context& context);

/// E12: the batch waits for a batchd, and there is none.
void warn_if_nobody_works(Context& context, const Batch& batch);

/// Of a pause by a person, now.
Reason paused_by(const std::string& user);

}  // namespace batch::cli
