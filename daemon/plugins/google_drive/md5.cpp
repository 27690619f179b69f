#include "core/base/md5.hpp"

#include "core/base/error.hpp"
#include "daemon/plugins/google_drive/drive.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <unistd.h>

namespace batch::drive {

std::string md5_of(const http::FilePart& part) {
    Md5 digest;
    std::array<char, 65'536> buffer{};
    for (std::uint64_t done = 0; done < part.size;) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), part.size - done));
        const ssize_t count =
            ::pread(part.fd, buffer.data(), wanted, static_cast<off_t>(part.offset + done));
        if (count <= 0) {
            throw system_error("read the file to deliver", count < 0 ? errno : EIO);
        }
        digest.update({buffer.data(), static_cast<std::size_t>(count)});
        done += static_cast<std::uint64_t>(count);
    }
    return digest.hex();
}

}  // namespace batch::drive
