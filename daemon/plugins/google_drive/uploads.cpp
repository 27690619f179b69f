#include "daemon/plugins/google_drive/uploads.hpp"

#include "core/plugin/outbox.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch::drive {

using plugin::Refused;

namespace {

constexpr std::uint64_t largest_at_once = std::uint64_t{5} << 20U;  // bytes, as Google asks for
constexpr int most_stalls = 2;  // breaks of one upload without a byte between them

[[noreturn]] void throw_spoilt(const std::string& name) {
    throw Refused({.error_class = ErrorClass::retryable,
                   .code = "checksum",
                   .message = fmt::format("what Drive has of {} is not what was sent", name),
                   .hint = "",
                   .after = {}});
}

}  // namespace

RemoteFile Uploads::send(Drive& drive, const Order& order, const std::string& md5,
                         const std::optional<std::string>& id) {
    RemoteFile file = order.content.size < largest_at_once
                          ? drive.send_at_once(order.info, order.content, id)
                          : send_in_parts(drive, order, md5, id);
    if (!file.md5.empty() && file.md5 != md5) {
        throw_spoilt(order.info.name);
    }
    return file;
}

/// An upload of the same content that broke off, in this attempt or one before, goes on where Drive
/// has it.
RemoteFile Uploads::send_in_parts(Drive& drive, const Order& order, const std::string& md5,
                                  const std::optional<std::string>& id) {
    const std::string what = order.info.folder + " " + order.info.item + " " + md5;
    std::string& session = sessions_[what];
    Drive::Progress progress;
    if (!session.empty()) {
        progress = drive.ask_progress(session, order.content.size);
    }
    std::uint64_t farthest = 0;
    for (int stalls = 0; !progress.file;) {
        if (session.empty() || progress.is_gone) {
            session = drive.begin_upload(order.info, order.content.size, id);
            progress = {};
        }
        const std::uint64_t before = progress.received;
        const auto sent = drive.send_rest(session, order.content, before);
        progress = sent ? *sent : drive.ask_progress(session, order.content.size);
        if (progress.received > order.content.size) {
            session.clear();
            throw_spoilt(order.info.name);
        }
        stalls = progress.received > farthest ? 0 : stalls + 1;
        farthest = std::max(farthest, progress.received);
        if (!progress.file && stalls == most_stalls) {
            throw Refused(
                {.error_class = ErrorClass::retryable,
                 .code = "cut",
                 .message = fmt::format("the upload of {} does not get on", order.info.name),
                 .hint = "",
                 .after = {}});
        }
    }
    RemoteFile file = *progress.file;
    sessions_.erase(what);
    return file;
}

}  // namespace batch::drive
