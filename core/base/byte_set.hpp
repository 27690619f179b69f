#pragma once

#include <array>
#include <string_view>

namespace batch {

/// A set of bytes, for scanning text at about a byte a cycle.
class ByteSet {
public:
    constexpr explicit ByteSet(std::string_view bytes) {
        for (const char byte : bytes) {
            insert(byte);
        }
    }

    constexpr void insert(char byte) { members_[static_cast<unsigned char>(byte)] = true; }

    constexpr bool contains(char byte) const noexcept {
        return members_[static_cast<unsigned char>(byte)];
    }

    /// The first member in [begin, end), or end.
    const char* find(const char* begin, const char* end) const noexcept {
        while (begin != end && !contains(*begin)) {
            ++begin;
        }
        return begin;
    }

private:
    std::array<bool, 256> members_{};
};

}  // namespace batch
