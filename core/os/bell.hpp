#pragma once

#include "core/os/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// The receiving end of a doorbell: a Unix datagram socket (unix(7)) with mode 0600.
///
/// A lost or doubled ring must be harmless: the text is a hint, the state file is the truth.
class BellSocket {
public:
    /// Replaces a socket that is there: call it only while holding the lock that goes with it.
    static BellSocket bind(const std::filesystem::path& path);

    BellSocket(BellSocket&&) noexcept = default;
    BellSocket& operator=(BellSocket&&) = delete;

    /// Removes the socket, unless a successor has put its own there.
    ~BellSocket();

    int fd() const noexcept { return socket_.get(); }

    /// All texts that are waiting; never blocks.
    std::vector<std::string> drain();

private:
    BellSocket(Fd socket, Fd folder, std::string name);
    std::uint64_t inode() const noexcept;

    Fd socket_;
    Fd folder_;
    std::string name_;
    std::uint64_t inode_ = 0;
};

enum class Rung { rung, nobody };

/// Never blocks.  A full queue counts as rung: whoever reads it has to look anyway.
Rung ring(const std::filesystem::path& path, std::string_view text);

}  // namespace batch
