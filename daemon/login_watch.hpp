#pragma once

#include "core/os/fd.hpp"
#include "core/store/store.hpp"
#include "daemon/log.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace batch {

/// Notices when somebody has logged in again, and lets the batches that wait for it go on.
///
/// It watches the folder of the logins (inotify(7)) while a batch waits, and reads only the open
/// part of a login's file: batchd itself needs no secret.
/// Loop thread only.
class LoginWatch {
public:
    LoginWatch(Store& store, const Log& log);

    /// Readable once a login has changed; -1 while nothing waits for one.
    int poll_fd() const noexcept { return notify_.get(); }

    /// This batch waits for its login from now on.
    void add(const Batch& batch);

    /// Those whose login is good, and has not been tried with them; they are no longer watched for.
    std::vector<BatchNo> take_returned();

    bool empty() const noexcept { return waiting_.empty(); }

private:
    struct Waiting {
        std::filesystem::path folder;
        std::string account;
        std::string subject;  ///< whose login it was; empty: not known
    };

    void watch(const std::filesystem::path& folder);
    void drain();
    bool is_back(BatchNo no, const Waiting& waiting);

    Store& store_;
    const Log& log_;
    Fd notify_;
    std::set<std::filesystem::path> folders_;
    std::map<BatchNo, Waiting> waiting_;
    std::map<BatchNo, TimePoint> tried_;  ///< with the login of this time
};

}  // namespace batch
