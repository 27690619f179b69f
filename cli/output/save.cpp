#include "cli/output/save.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/model/output_name.hpp"
#include "core/os/beneath.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cerrno>

#include <fcntl.h>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest = std::size_t{4} << 30;

std::string default_name(const Batch& batch, const Item& item, std::string_view extension) {
    ItemFacts facts{.batch = batch.id,
                    .index = item.index,
                    .total = batch.counts.total,
                    .line = item.line.value_or(0)};
    const Json row = item.payload.empty() ? Json::object() : parse_json(item.payload, "the row");
    return output_name(batch.plan, row, facts, {.extension = extension});
}

// A link that leads nowhere is there, too.
bool is_there(const fs::path& path) {
    std::error_code ignored;  // writing will tell what is wrong
    return fs::exists(fs::symlink_status(path, ignored));
}

fs::path free_name(const fs::path& wanted, const SaveTo& to) {
    if (!is_there(wanted) || to.on_collision == "overwrite") {
        return wanted;
    }
    if (to.on_collision == "error") {
        throw Error(ErrorKind::conflict, fmt::format("{} is there already", wanted.string()),
                    "replace it: --on-collision overwrite");
    }
    for (int number = 2;; ++number) {
        fs::path next = wanted.parent_path() / fmt::format("{} ({}){}", wanted.stem().string(),
                                                           number, wanted.extension().string());
        if (!is_there(next)) {
            return next;
        }
    }
}

/// The name below the folder, whatever a plugin made of it.
fs::path inside(const std::string& name) {
    fs::path path;
    for (const std::string& part : split(name, '/')) {
        if (!part.empty() && part != "." && part != "..") {
            path /= part;
        }
    }
    return path;
}

/// Throws where a link below the folder leads out of it.
void check_links(const fs::path& folder, const fs::path& below) {
    const Fd root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    fs::path so_far;
    for (const fs::path& part : root ? below : fs::path()) {
        so_far /= part;
        if (!open_beneath(root.get(), so_far, O_PATH | O_CLOEXEC, LinksInside::follow) &&
            (errno == EXDEV || errno == ELOOP)) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{} is a link that leads out of {}", (folder / so_far).string(),
                                    folder.string()));
        }
    }
}

void write(const std::string& name, std::string_view bytes, const SaveTo& to, SavedFiles& saved) {
    constexpr mode_t usual_file = 0644;
    constexpr mode_t usual_folder = 0777;  // the umask rules
    const fs::path below = inside(name);
    check_links(to.folder, below.parent_path());
    const fs::path target = free_name(to.folder / below, to);
    ensure_dir(target.parent_path(), usual_folder);
    atomic_write(target, bytes, usual_file);
    ++saved.written;
}

std::string text_name(const Batch& batch, const Item& item, const Output& output) {
    return default_name(batch, item,
                        extension_of(output.media_type.empty() ? "text/plain" : output.media_type));
}

}  // namespace

void save_output(const Batch& batch, const Item& item, const Output& output, const SaveTo& to,
                 SavedFiles& saved) {
    for (const Artifact& artifact : output.artifacts) {
        if (artifact.path.empty()) {
            ++saved.gone;
            continue;
        }
        write(artifact.name, read_file(artifact.path, largest), to, saved);
    }
    if (!output.artifacts.empty()) {
        return;
    }
    if (output.text) {
        write(text_name(batch, item, output), *output.text, to, saved);
    } else if (!output.value.empty()) {
        write(default_name(batch, item, "json"), output.value + "\n", to, saved);
    }
}

std::string bytes_of(const Batch& batch, const Item& item, const Output& output) {
    if (output.artifacts.size() > 1) {
        throw Error(ErrorKind::usage,
                    fmt::format("item {} has {} files", item.index, output.artifacts.size()),
                    fmt::format("all of them: batchctl results {}:{} --save DIR",
                                short_id(batch.id), item.index));
    }
    if (!output.artifacts.empty()) {
        const Artifact& artifact = output.artifacts.front();
        if (artifact.path.empty()) {
            throw Error(ErrorKind::not_found,
                        fmt::format("the output of item {} was delivered and is no longer kept",
                                    item.index),
                        "it is at: " + location_of(output));
        }
        return read_file(artifact.path, largest);
    }
    return output.text ? *output.text : output.value;
}

}  // namespace batch::cli
