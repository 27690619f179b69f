#include "core/queue/standing.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/os/file.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace batch {
namespace {

constexpr std::size_t largest = 4096;
constexpr Millis write_every{100};

}  // namespace

StandingNote::StandingNote(const StatePaths& paths) : path_(paths.queue()) {
    // A file of its own: a process before us may still have the old one.
    ::unlink(path_.c_str());
    file_ = Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, private_file));
}

StandingNote::~StandingNote() {
    ::unlink(path_.c_str());
}

void StandingNote::write(const Standing& standing) {
    const BootTime at = BootClock::now();
    due_ = BootTime::max();
    if (!file_ || written_ == standing) {
        return;
    }
    if (written_ && written_->failure == standing.failure && at < not_before_) {
        due_ = not_before_;
        return;
    }
    const std::string text = dump(Json{{"pid", me_.pid},
                                       {"start_time", me_.start_time},
                                       {"boot_id", me_.boot_id},
                                       {"failure", standing.failure.substr(0, largest / 2)},
                                       {"unacknowledged", standing.unacknowledged}}) +
                             "\n";
    if (::pwrite(file_.get(), text.data(), text.size(), 0) < 0 ||
        ::ftruncate(file_.get(), static_cast<off_t>(text.size())) != 0) {
        return;
    }
    written_ = standing;
    not_before_ = at + write_every;
}

std::optional<Standing> standing_of(const StatePaths& paths) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(
            std::filesystem::symlink_status(paths.queue(), ignored))) {
        return std::nullopt;  // a pipe would be waited for
    }
    try {
        const Json note = parse_json(read_file(paths.queue(), largest), "the note");
        const ProcessName owner{.pid = note.at("pid").get<pid_t>(),
                                .start_time = note.at("start_time").get<std::uint64_t>(),
                                .boot_id = note.at("boot_id").get<std::string>()};
        if (!is_alive(owner)) {
            return std::nullopt;
        }
        return Standing{.failure = note.at("failure").get<std::string>(),
                        .unacknowledged = note.at("unacknowledged").get<std::uint32_t>()};
    } catch (const Error&) {
        return std::nullopt;  // not there, or just being written
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

}  // namespace batch
