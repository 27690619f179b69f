#include "daemon/outputs.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/fd.hpp"
#include "core/os/file.hpp"
#include "daemon/own_failure.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch {
namespace {

namespace fs = std::filesystem;

Error bad_artifact(std::string_view code, std::string message) {
    return Error(ErrorKind::operation, message).with_code(std::string(code));
}

std::string digest_of(int fd) {
    Sha256 sha;
    std::array<char, 65536> block{};
    for (;;) {
        const ssize_t got = ::read(fd, block.data(), block.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw system_error("read an artifact", errno);
        }
        if (got == 0) {
            return sha.hex();
        }
        sha.update({block.data(), static_cast<std::size_t>(got)});
    }
}

bool is_below(const fs::path& path, const fs::path& folder) {
    const auto relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
    return !relative.empty() && *relative.begin() != ".." && relative != ".";
}

}  // namespace

Artifact Outputs::take(const Execution& execution, std::string_view path,
                       std::string_view media_type) const {
    const fs::path dir =
        execution.step < execution.dirs.size() ? execution.dirs[execution.step] : fs::path();
    const fs::path file = (dir / path).lexically_normal();
    if (dir.empty() || !is_below(file, dir)) {
        throw bad_artifact(
            "bad_artifact",
            fmt::format("the file \"{}\" is not in the item's directory", printable(path)));
    }
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));

    struct stat status {};

    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw bad_artifact("bad_artifact",
                           fmt::format("there is no regular file \"{}\"", printable(path)));
    }
    if (static_cast<std::uint64_t>(status.st_size) > max_size_) {
        throw bad_artifact(
            "too_large",
            fmt::format("\"{}\" is {}, the limit is {} (outputs.max_size)", printable(path),
                        bytes_text(static_cast<std::uint64_t>(status.st_size)),
                        bytes_text(max_size_)));
    }
    return {.name = fs::path(path).filename(),
            .path = file,
            .media_type = std::string(media_type),
            .size = status.st_size,
            .sha256 = as_own_failure([&] { return digest_of(fd.get()); })};
}

void Outputs::keep(Execution& execution, std::string_view batch_id) const {
    const fs::path folder = root_ / batch_id / std::to_string(execution.item.id.index());
    bool moved = false;
    int number = 0;
    for (Artifact& artifact : execution.made.artifacts) {
        const fs::path target =
            folder / fmt::format("{:02}.{}", number++, extension_of(artifact.media_type));
        if (artifact.path == target || artifact.path.empty()) {
            continue;
        }
        as_own_failure([&] {
            ensure_dir_durably(folder);
            fsync_path(artifact.path);
            crash_point("artifact.flushed");
            move_file(artifact.path, target, private_file);
        });
        crash_point("artifact.named");
        artifact.path = target;
        moved = true;
    }
    if (moved) {
        as_own_failure([&] { fsync_dir(folder); });
        crash_point("artifact.kept");
    }
}

void Outputs::keep_text(Execution& execution, std::string_view batch_id,
                        std::string_view name) const {
    Output& made = execution.made;
    const fs::path folder = root_ / batch_id / std::to_string(execution.item.id.index());
    const std::string type = made.media_type.empty() ? "text/plain" : made.media_type;
    const fs::path target = folder / fmt::format("00.{}", extension_of(type));
    as_own_failure([&] {
        ensure_dir_durably(folder);
        atomic_write(target, *made.text);
    });
    made.artifacts = {{.name = std::string(name),
                       .path = target,
                       .media_type = type,
                       .size = static_cast<std::int64_t>(made.text->size()),
                       .sha256 = sha256_hex(*made.text)}};
    made.text.reset();
}

}  // namespace batch
