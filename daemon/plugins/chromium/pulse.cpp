#include "daemon/plugins/chromium/pulse.hpp"

#include <chrono>

namespace batch::chromium {

namespace {

using namespace std::chrono_literals;

// A page that is being laid out says nothing for as long as that takes.
constexpr auto silence = 5s;

// The question does not go to the page; even a browser that has little processor answers it.
constexpr auto patience = 10s;

}  // namespace

void Pulse::heard(BootTime at) noexcept {
    heard_ = at;
    asked_.reset();
}

bool Pulse::should_ask(BootTime at) noexcept {
    if (asked_ || at < heard_ + silence) {
        return false;
    }
    asked_ = at;
    return true;
}

bool Pulse::is_lost(BootTime at) const noexcept {
    return asked_ && at >= *asked_ + patience;
}

BootTime Pulse::next() const noexcept {
    return asked_ ? *asked_ + patience : heard_ + silence;
}

}  // namespace batch::chromium
