#include "cli/output/save.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/model/output_name.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest = std::size_t{4} << 30;

std::string default_name(const Batch& batch, const Item& item, std::string_view extension) {
    ItemFacts facts{.batch = batch.id,
                    .index = item.index,
                    .total = batch.counts.total,
                    .line = item.line.value_or(0)};
    Plan plan;  // the rows are not read for this: the index names it
    return output_name(plan, Json::object(), facts, {.extension = extension});
}

fs::path free_name(const fs::path& wanted, const SaveTo& to) {
    std::error_code ignored;  // writing will tell what is wrong
    if (!fs::exists(wanted, ignored) || to.on_collision == "overwrite") {
        return wanted;
    }
    if (to.on_collision == "error") {
        throw Error(ErrorKind::conflict, fmt::format("{} is there already", wanted.string()),
                    "replace it: --on-collision overwrite");
    }
    for (int number = 2;; ++number) {
        fs::path next = wanted.parent_path() / fmt::format("{} ({}){}", wanted.stem().string(),
                                                           number, wanted.extension().string());
        if (!fs::exists(next, ignored)) {
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

void write(const std::string& name, std::string_view bytes, const SaveTo& to, SavedFiles& saved) {
    constexpr mode_t usual_file = 0644;
    constexpr mode_t usual_folder = 0777;  // the umask rules
    const fs::path target = free_name(to.folder / inside(name), to);
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
