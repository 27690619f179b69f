#include "daemon/stall.hpp"

#include "core/base/text.hpp"
#include "core/os/file.hpp"
#include "core/store/store.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr Millis shortest_wait = 1s;
constexpr Millis longest_pause = 30s;

constexpr std::array<std::string_view, 4> passing{"disk_full", "state_locked", "state_io",
                                                  "state_not_writable"};

}  // namespace

bool Stall::may_pass(const Error& error) {
    return std::ranges::find(passing, error.code()) != passing.end();
}

std::string Stall::begin(const Error& error, BootTime at) {
    const bool is_new = !active();
    wait_ = is_new ? shortest_wait : std::min(2 * wait_, longest_pause);
    since_ = since_.value_or(at);
    due_ = at + wait_;
    const bool full = error.code() == "disk_full";
    room_wanted_ = full ? room_for_work(folder_) : 0;
    if (!is_new) {
        return {};
    }
    if (!full) {
        return fmt::format("{}: nothing new is started until that has passed", error.what());
    }
    return fmt::format("disk full at {}: nothing new is started until {} are free", shown_,
                       bytes_text(room_wanted_));
}

bool Stall::is_due(BootTime at) {
    if (!active() || at < due_) {
        return false;
    }
    if (room_wanted_ > 0 && free_bytes(folder_) < room_wanted_) {
        due_ = at + shortest_wait;
        return false;
    }
    return true;
}

}  // namespace batch
