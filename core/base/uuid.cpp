#include "core/base/uuid.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <span>

#include <sys/random.h>

namespace batch {

namespace {

/// The millisecond of the last UUID above 12 bits of counter.  RFC 9562, section 6.2, method 1.
constinit std::atomic<std::uint64_t> last_tick{0};

constexpr unsigned counter_bits = 12;

void fill_random(std::span<unsigned char> bytes) {
    while (!bytes.empty()) {
        const ssize_t size = getrandom(bytes.data(), bytes.size(), 0);
        if (size < 0 && errno != EINTR) {
            throw system_error("get random bytes", errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(size < 0 ? 0 : size));
    }
}

template <typename T>
T random_value() {
    std::array<unsigned char, sizeof(T)> bytes{};
    fill_random(bytes);
    T value = 0;
    for (const unsigned char byte : bytes) {
        value = static_cast<T>(value << 8U | byte);
    }
    return value;
}

/// Millisecond and counter; the counter starts in its lower half, so that it hardly ever overflows
/// into the millisecond.
std::uint64_t next_tick(TimePoint time) {
    const auto millis = static_cast<std::uint64_t>(time.time_since_epoch().count());
    const std::uint64_t fresh = millis << counter_bits | (random_value<std::uint64_t>() & 0x7FFU);
    std::uint64_t last = last_tick.load();
    std::uint64_t tick = 0;
    do {
        tick = last >> counter_bits == millis ? last + 1 : fresh;
    } while (!last_tick.compare_exchange_weak(last, tick));
    return tick;
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

std::string uuid_v7(TimePoint time) {
    const std::uint64_t tick = next_tick(time);
    const std::uint64_t millis = tick >> counter_bits;
    const auto random = random_value<std::uint64_t>();
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", millis >> 16U & 0xFFFFFFFFU,
                       millis & 0xFFFFU, 0x7000U | (tick & 0xFFFU),
                       0x8000U | (random >> 48U & 0x3FFFU), random & 0xFFFFFFFFFFFFU);
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !is_hex(text[i])) {
            return false;
        }
    }
    return true;
}

std::string random_hex(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) {
        text += fmt::format("{:02x}", random_value<unsigned char>());
    }
    return text;
}

}  // namespace batch
