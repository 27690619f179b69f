#include "core/os/bell.hpp"

#include "core/base/error.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_text = 4096;
constexpr int most_at_once = 1000;  // a flood must not keep the caller here

Fd open_folder(const fs::path& path) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
    return Fd{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
}

/// An address holds 107 bytes; this one is short however deep the folder lies.
sockaddr_un address_in(int folder, const std::string& name) {
    const std::string text = fmt::format("/proc/self/fd/{}/{}", folder, name);
    sockaddr_un address{};
    if (text.size() >= sizeof address.sun_path) {
        throw system_error(fmt::format("name a socket {}", name), ENAMETOOLONG);
    }
    address.sun_family = AF_UNIX;
    std::ranges::copy(text, std::begin(address.sun_path));
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);  // as all of socket(7) wants it
}

Fd open_socket() {
    Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        throw system_error("make a socket", errno);
    }
    return socket;
}

}  // namespace

BellSocket::BellSocket(Fd socket, Fd folder, std::string name)
    : socket_{std::move(socket)},
      folder_{std::move(folder)},
      name_{std::move(name)},
      inode_{inode()} {}

std::uint64_t BellSocket::inode() const noexcept {
    struct stat found {};

    return ::fstatat(folder_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 ? found.st_ino
                                                                                     : 0;
}

BellSocket BellSocket::bind(const fs::path& path) {
    Fd folder = open_folder(path);
    if (!folder) {
        throw system_error(fmt::format("open the folder of {}", path.native()), errno);
    }
    const std::string name = path.filename().native();
    const sockaddr_un address = address_in(folder.get(), name);
    Fd socket = open_socket();
    ::unlinkat(folder.get(), name.c_str(), 0);
    // Before bind(2): the socket file gets the mode of the socket, so it is never open to others.
    if (::fchmod(socket.get(), private_file) != 0 ||
        ::bind(socket.get(), generic(address), sizeof address) != 0) {
        throw system_error(fmt::format("make the socket {}", path.native()), errno);
    }
    return BellSocket{std::move(socket), std::move(folder), name};
}

BellSocket::~BellSocket() {
    if (folder_ && inode() == inode_) {
        ::unlinkat(folder_.get(), name_.c_str(), 0);
    }
}

std::vector<std::string> BellSocket::drain() {
    std::vector<std::string> texts;
    std::array<char, longest_text> buffer{};
    for (int left = most_at_once; left > 0; --left) {
        const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count >= 0) {
            texts.emplace_back(buffer.data(), static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            break;
        }
    }
    return texts;
}

Rung ring(const fs::path& path, std::string_view text) {
    const Fd folder = open_folder(path);
    if (!folder && errno == ENOENT) {
        return Rung::nobody;
    }
    if (!folder) {
        throw system_error(fmt::format("open the folder of {}", path.native()), errno);
    }
    const sockaddr_un address = address_in(folder.get(), path.filename().native());
    const Fd socket = open_socket();
    const ssize_t count = ::sendto(socket.get(), text.data(), text.size(), MSG_NOSIGNAL,
                                   generic(address), sizeof address);
    if (count >= 0 || errno == EAGAIN) {
        return Rung::rung;
    }
    if (errno == ECONNREFUSED || errno == ENOENT) {
        return Rung::nobody;
    }
    throw system_error(fmt::format("ring {}", path.native()), errno);
}

}  // namespace batch
