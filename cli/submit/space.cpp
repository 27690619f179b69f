#include "cli/submit/space.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

constexpr std::uint64_t beside_rows = std::uint64_t{1} << 20U;  // the log, and what batchd adds

/// At least: as JSON with its number a row is seldom shorter than in its file.
std::uint64_t bytes_needed(std::uint64_t bytes_of_rows) {
    return bytes_of_rows + bytes_of_rows / 4 + beside_rows;
}

}  // namespace

void check_space(Context& context, const RowsInput& rows) {
    const auto size = rows.size();
    if (!size) {
        return;
    }
    const auto& path = context.paths().state;
    const std::uint64_t needed = bytes_needed(*size);
    const std::uint64_t free = free_bytes(path.parent_path());
    if (free < needed) {
        throw Error(ErrorKind::state,
                    fmt::format("no space left for {} (needs about {}, {} free); nothing was "
                                "stored",
                                context.show(path), bytes_text(needed), bytes_text(free)),
                    "make room: batchctl prune --older-than 30d")
            .with_code("disk_full");
    }
}

}  // namespace batch::cli
