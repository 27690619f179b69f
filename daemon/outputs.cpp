#include "daemon/outputs.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/file.hpp"
#include "core/store/kept_files.hpp"
#include "daemon/own_failure.hpp"
#include "daemon/step_file.hpp"

#include <fmt/core.h>

namespace batch {
namespace {

namespace fs = std::filesystem;

/// The directory of the step that made the file.
fs::path dir_of(const Execution& execution, const fs::path& file) {
    for (const fs::path& dir : execution.dirs) {
        const auto inside = file.lexically_relative(dir.lexically_normal());
        if (!dir.empty() && !inside.empty() && *inside.begin() != "..") {
            return dir;
        }
    }
    return file.parent_path();
}

}  // namespace

Artifact Outputs::take(const Execution& execution, std::string_view path,
                       std::string_view media_type) const {
    const StepFile file(
        execution.step < execution.dirs.size() ? execution.dirs[execution.step] : fs::path(), path);
    if (const auto size = static_cast<std::uint64_t>(file.size()); size > max_size_) {
        throw Error(ErrorKind::operation,
                    fmt::format("\"{}\" is {}, the limit is {} (outputs.max_size)", printable(path),
                                bytes_text(size), bytes_text(max_size_)))
            .with_code("too_large");
    }
    return {.name = fs::path(path).filename(),
            .path = file.path(),
            .media_type = std::string(media_type),
            .size = file.size(),
            .sha256 = as_own_failure([&] { return file.digest(); })};
}

fs::path Outputs::folder_of(const Execution& execution, std::string_view batch_id) const {
    return root_ / batch_id / std::to_string(execution.item.id.index());
}

void Outputs::keep(Execution& execution, std::string_view batch_id) const {
    keep_as(execution, batch_id, "");
}

void Outputs::keep_input(Execution& execution, std::string_view batch_id) const {
    keep_as(execution, batch_id, fmt::format("{}-", execution.step));
}

void Outputs::keep_as(Execution& execution, std::string_view batch_id,
                      std::string_view prefix) const {
    const fs::path folder = folder_of(execution, batch_id);
    bool moved = false;
    int number = 0;
    for (Artifact& artifact : execution.made.artifacts) {
        const fs::path target =
            folder / fmt::format("{}{:02}.{}", prefix, number++, extension_of(artifact.media_type));
        if (artifact.path.empty() || fs::path(artifact.path).parent_path() == folder) {
            continue;
        }
        const StepFile file(dir_of(execution, artifact.path), artifact.path);
        as_own_failure([&] {
            ensure_dir_durably(folder);
            file.flush();
        });
        crash_point("artifact.flushed");
        file.move_to(target);
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
    const fs::path folder = folder_of(execution, batch_id);
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

void Outputs::tidy(const Execution& execution, std::string_view batch_id) const {
    if (execution.has_old_files) {
        remove_unnamed(folder_of(execution, batch_id), execution.record);
        std::error_code ignored;
        fs::remove(root_ / batch_id, ignored);  // only if nothing is left in it
    }
}

}  // namespace batch
