#include "core/os/peer.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace batch {
namespace {

constexpr std::size_t longest_table = std::size_t{64} << 20U;  // bytes
constexpr const char* four_table = "/proc/net/tcp";
constexpr const char* six_table = "/proc/net/tcp6";

bool is_file(const char* path) {
    return ::access(path, R_OK) == 0;
}

/// What stands before an IPv4 address in IPv6 (RFC 4291, section 2.5.5.2).
std::string shown_mapping() {
    return fmt::format("{:016X}{:08X}", 0, htonl(0xFFFF));
}

/// An end of the connection as the table writes it: words of the address in the machine's order.
std::string shown_end(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET6) {
        const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
        std::string text;
        for (std::size_t at = 0; at < sizeof six.sin6_addr; at += sizeof(std::uint32_t)) {
            std::uint32_t word = 0;
            std::memcpy(&word, &six.sin6_addr.s6_addr[at], sizeof word);
            text += fmt::format("{:08X}", word);
        }
        return fmt::format("{}:{:04X}", text, ntohs(six.sin6_port));
    }
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    return fmt::format("{:08X}:{:04X}", four.sin_addr.s_addr, ntohs(four.sin_port));
}

std::vector<std::string_view> columns_of(std::string_view line) {
    std::vector<std::string_view> columns;
    while (!(line = trim(line)).empty()) {
        columns.push_back(line.substr(0, line.find(' ')));
        line.remove_prefix(columns.back().size());
    }
    return columns;
}

/// In the table of all connections, the line whose ends are these.
std::optional<uid_t> uid_in(std::string_view table, const std::string& from,
                            const std::string& to) {
    constexpr std::size_t uid_column = 7;
    while (!table.empty()) {
        const std::string_view line = table.substr(0, table.find('\n'));
        table.remove_prefix(std::min(line.size() + 1, table.size()));
        const auto columns = columns_of(line);
        if (columns.size() <= uid_column || columns[1] != from || columns[2] != to) {
            continue;
        }
        uid_t uid = 0;
        const std::string_view text = columns[uid_column];
        const auto end = std::from_chars(text.data(), text.data() + text.size(), uid);
        return end.ec == std::errc{} ? std::optional{uid} : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

bool is_peer_of(uid_t uid, int fd) {
    sockaddr_storage ours{};
    sockaddr_storage theirs{};
    socklen_t ours_size = sizeof ours;
    socklen_t theirs_size = sizeof theirs;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&ours), &ours_size) != 0 ||
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&theirs), &theirs_size) != 0) {
        return false;
    }
    const std::string from = shown_end(theirs);
    const std::string to = shown_end(ours);
    const bool is_four = ours.ss_family == AF_INET;
    // A socket of IPv6 that speaks IPv4 is in the other table.
    const std::string mapped = is_four ? shown_mapping() : "";
    if (is_four && !is_file(four_table)) {
        return true;
    }
    try {
        auto found =
            is_four ? uid_in(read_file(four_table, longest_table), from, to) : std::nullopt;
        if (!found && is_file(six_table)) {
            found = uid_in(read_file(six_table, longest_table), mapped + from, mapped + to);
        }
        return found == uid;
    } catch (const Error&) {
        return false;  // too long, as somebody may have made it
    }
}

}  // namespace batch
