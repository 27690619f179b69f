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
    for (const Batch& batch : store_.reading().batches({.paused_by = login_pause})) {
        add(batch);
    }
}

void LoginWatch::add(const Batch& batch) {
    Waiting waiting{.folder = credentials_of(batch.plan),
                    .account = login_of(batch.plan),
                    .subject = subject_of(batch.plan)};
    if (waiting.account.empty()) {
        return;
    }
    watch(waiting.folder);  // first: what happens from here on is heard
    waiting_.insert_or_assign(batch.no, std::move(waiting));
}

/// Tries again what could not be watched, or went away and may be back.
void LoginWatch::watch(const std::filesystem::path& folder) {
    if (folders_.contains(folder)) {
        return;
    }
    if (!notify_) {
        notify_ = Fd{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    }
    if (::inotify_add_watch(notify_.get(), folder.c_str(),
                            IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) >= 0) {
        folders_.insert(folder);
    }
}

void LoginWatch::drain() {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while (notify_ && (count = ::read(notify_.get(), buffer.data(), buffer.size())) > 0) {
        for (ssize_t place = 0; place < count;) {
            const auto* const event = reinterpret_cast<const inotify_event*>(buffer.data() + place);
            if ((event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
                folders_.clear();  // which one it was does not matter: all are watched again
            }
            place += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        }
    }
}

/// A login that looks good is tried once: it may have come while the batch was being paused.
bool LoginWatch::is_back(BatchNo no, const Waiting& waiting) {
    const auto account = good_login(waiting.folder, waiting.account);
    if (!account) {
        tried_.erase(no);  // that it comes back, if only by a refresh, is news
        return false;
    }
    if (!waiting.subject.empty() && account->subject != waiting.subject) {
        return false;
    }
    const auto [tried, is_new] = tried_.try_emplace(no, account->granted_at);
    const bool is_another = is_new || tried->second != account->granted_at;
    tried->second = account->granted_at;
    return is_another;
}

std::vector<BatchNo> LoginWatch::take_returned() {
    drain();
    std::vector<BatchNo> returned;
    std::erase_if(waiting_, [&](const auto& entry) {
        const auto& [no, waiting] = entry;
        watch(waiting.folder);
        if (!is_back(no, waiting)) {
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
