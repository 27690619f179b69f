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

    /// Those whose login has been made new since they were added; they are no longer watched for.
    std::vector<BatchNo> take_returned();

private:
    struct Waiting {
        std::filesystem::path folder;
        std::string account;
        TimePoint granted_at{};  ///< of the login that ended; zero if that is not known
    };

    void add(const Batch& batch, TimePoint granted_at);
    void watch(const std::filesystem::path& folder);
    void drain();

    Store& store_;
    const Log& log_;
    Fd notify_;
    std::set<std::filesystem::path> folders_;
    std::map<BatchNo, Waiting> waiting_;
};

}  // namespace batch
