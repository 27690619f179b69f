#include "daemon/login_watch.hpp"

#include "core/auth/accounts/account.hpp"
#include "core/base/error.hpp"
#include "core/model/logins.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <optional>

#include <sys/inotify.h>
#include <unistd.h>

namespace batch {
namespace {

/// Absent if it is not there, cannot be read, or has ended.
std::optional<auth::Account> good_login(const std::filesystem::path& folder,
                                        const std::string& name) {
    try {
        auto account = auth::read_account(folder, name);
        const bool is_good = account && account->status == auth::AccountStatus::ok;
        return is_good ? account : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;  // a login that is no use now; the next change is looked at again
    }
}

}  // namespace

// Batches of an earlier batchd wait too: one try with a login that looks good costs little.
LoginWatch::LoginWatch(Store& store, const Log& log) : store_(store), log_(log) {
    const auto open = store_.reading().batches(
        {.statuses = {BatchStatus::submitted, BatchStatus::queued, BatchStatus::running}});
    for (const Batch& batch : open) {
        if (waits_for_login(batch)) {
            add(batch, TimePoint{});
        }
    }
}

void LoginWatch::add(const Batch& batch) {
    const auto account = good_login(credentials_of(batch.plan), login_of(batch.plan));
    add(batch, account ? account->granted_at : TimePoint{});
}

void LoginWatch::add(const Batch& batch, TimePoint granted_at) {
    Waiting waiting{.folder = credentials_of(batch.plan),
                    .account = login_of(batch.plan),
                    .granted_at = granted_at};
    if (!waiting.account.empty()) {
        watch(waiting.folder);
        waiting_.insert_or_assign(batch.no, std::move(waiting));
    }
}

void LoginWatch::watch(const std::filesystem::path& folder) {
    if (folders_.contains(folder)) {
        return;
    }
    if (!notify_) {
        notify_ = Fd{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    }
    if (::inotify_add_watch(notify_.get(), folder.c_str(), IN_MOVED_TO | IN_ONLYDIR) >= 0) {
        folders_.insert(folder);
    } else {
        log_.warn("login_watch",
                  fmt::format("{}: a new login is not noticed, resume the batch by hand",
                              system_error("watch " + folder.native(), errno).what()));
    }
}

void LoginWatch::drain() {
    std::array<char, 4096> buffer{};
    while (notify_ && ::read(notify_.get(), buffer.data(), buffer.size()) > 0) {
    }
}

std::vector<BatchNo> LoginWatch::take_returned() {
    drain();
    std::vector<BatchNo> returned;
    std::erase_if(waiting_, [&](const auto& entry) {
        const auto& [no, waiting] = entry;
        const auto account = good_login(waiting.folder, waiting.account);
        if (!account || account->granted_at == waiting.granted_at) {
            return false;
        }
        const auto batch = store_.reading().batch(no);
        if (batch && waits_for_login(*batch)) {
            log_.info("login_back",
                      fmt::format("{} is back: {} goes on", waiting.account, short_id(batch->id)));
            returned.push_back(no);
        }
        return true;
    });
    return returned;
}

}  // namespace batch
