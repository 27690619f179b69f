#include "daemon/plugins/chromium/base64.hpp"

#include "core/base/error.hpp"
#include "core/os/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>

#include <fcntl.h>

namespace batch::chromium {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t none = 0xff;

constexpr std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(none);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}();

/// Appends the bytes; false if a character does not belong there.
bool decode(std::string_view text, std::string& bytes) {
    std::uint32_t bits = 0;
    int count = 0;
    for (const char letter : text) {
        const std::uint8_t value = values[static_cast<std::uint8_t>(letter)];
        if (value == none) {
            return false;
        }
        bits = bits << 6 | value;
        if (++count == 4) {
            bytes += {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8),
                      static_cast<char>(bits)};
            bits = 0;
            count = 0;
        }
    }
    if (count >= 2) {
        bytes += static_cast<char>(count == 2 ? bits >> 4 : bits >> 10);
    }
    if (count == 3) {
        bytes += static_cast<char>(bits >> 2);
    }
    return count != 1;
}

}  // namespace

void save_base64(std::string_view base64, const std::filesystem::path& path) {
    constexpr std::size_t piece = std::size_t{64} * 1024;  // a multiple of four
    const std::string part = path.native() + ".part";
    const Fd file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) {
        throw system_error("write " + part, errno);
    }
    base64 = base64.substr(0, base64.find('='));
    std::string bytes;
    for (; !base64.empty(); base64.remove_prefix(std::min(piece, base64.size()))) {
        bytes.clear();
        if (!decode(base64.substr(0, piece), bytes)) {
            throw Error(ErrorKind::operation, "the browser's answer is not base64");
        }
        write_all(file.get(), bytes);
    }
    if (::rename(part.c_str(), path.c_str()) != 0) {
        throw system_error("write " + path.native(), errno);
    }
}

}  // namespace batch::chromium
