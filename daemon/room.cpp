#include "daemon/room.hpp"

#include "core/base/text.hpp"
#include "core/config/folders.hpp"
#include "core/os/file.hpp"
#include "core/store/store.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_pause = 30s;

}  // namespace

void Room::look() {
    std::uint64_t bytes = 0;
    try {
        bytes = free_bytes(folder_);
    } catch (const Error&) {
        return;  // a folder that cannot be asked will tell at the next write
    }
    if (bytes < room_for_work && !is_short_) {
        log_.error("disk_full",
                   fmt::format("disk full at {}: nothing new is started until {} are free",
                               shown_path(folder_), bytes_text(room_for_work)),
                   {{"free", std::to_string(bytes), true}});
    } else if (bytes >= room_for_work && is_short_) {
        log_.info("disk_free",
                  fmt::format("{} are free at {}: the work goes on", bytes_text(bytes),
                              shown_path(folder_)),
                  {{"free", std::to_string(bytes), true}});
    }
    is_short_ = bytes < room_for_work;
}

bool Room::passes(const Error& error) noexcept {
    return error.code() == "disk_full" || error.code() == "state_locked";
}

void Room::refused(const Error& error) {
    if (pause_ == 0s) {
        log_.error("not_recorded", fmt::format("{}: what is done is kept and written later",
                                               std::string_view(error.what())));
    }
    pause_ = std::clamp<std::chrono::seconds>(2 * pause_, 1s, longest_pause);
    next_try_ = BootClock::now() + pause_;
}

void Room::written() {
    if (pause_ > 0s) {
        log_.info("recorded", "the state file can be written again: what was done is recorded");
        pause_ = 0s;
    }
}

}  // namespace batch
