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

/// The values of four letters in 24 bits; more than that if one of them does not belong there.
std::uint32_t quantum(const char* letters) {
    std::uint32_t bits = 0;
    std::uint32_t wrong = 0;
    for (int i = 0; i < 4; ++i) {
        const std::uint8_t value = values[static_cast<std::uint8_t>(letters[i])];
        bits = bits << 6 | (value & 0x3fU);
        wrong |= value;
    }
    return (wrong & 0x80U) == 0 ? bits : ~0U;
}

/// Empty if a letter does not belong there; `text` is not, and has no "=".
std::string decode(std::string_view text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t made = 0;
    std::string last(text.substr(text.size() / 4 * 4));
    const std::size_t more = last.size();
    last.resize(4, 'A');
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const std::uint32_t bits = quantum(at + 4 <= text.size() ? text.data() + at : last.data());
        if (bits == ~0U || more == 1) {
            return {};
        }
        bytes[made++] = static_cast<char>(bits >> 16);
        bytes[made++] = static_cast<char>(bits >> 8);
        bytes[made++] = static_cast<char>(bits);
    }
    bytes.resize(more == 0 ? made : made - 4 + more);
    return bytes;
}

}  // namespace

void save_base64(std::string_view base64, const std::filesystem::path& path) {
    constexpr std::size_t piece = std::size_t{256} << 10;  // a multiple of four
    const std::string part = path.native() + ".part";
    const Fd file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) {
        throw system_error("write " + part, errno);
    }
    base64 = base64.substr(0, base64.find('='));
    for (; !base64.empty(); base64.remove_prefix(std::min(piece, base64.size()))) {
        const std::string bytes = decode(base64.substr(0, piece));
        if (bytes.empty()) {
            throw Error(ErrorKind::operation, "the browser's answer is not base64");
        }
        write_all(file.get(), bytes);
    }
    if (::rename(part.c_str(), path.c_str()) != 0) {
        throw system_error("write " + path.native(), errno);
    }
}

}  // namespace batch::chromium
