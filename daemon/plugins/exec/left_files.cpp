#include "daemon/plugins/exec/left_files.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/output.hpp"
#include "daemon/plugins/exec/captured.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch::exec {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_files = 1000;

Error refused(const std::string& name, std::string_view why) {
    return Error(ErrorKind::bad_input,
                 fmt::format("the command left \"{}\", {}", printable(name), why))
        .with_code("bad_output");
}

void check(const fs::directory_entry& entry, const std::string& name) {
    if (!is_utf8(name)) {
        throw refused(name, "whose name is not UTF-8");
    }
    if (entry.is_symlink()) {
        throw refused(name, "which is a symbolic link and no file");
    }
    if (!entry.is_regular_file()) {
        throw refused(name, "which is no ordinary file");
    }
}

std::vector<FrameFile> files_in(const fs::path& folder) {
    std::vector<FrameFile> files;
    for (const auto& entry : fs::recursive_directory_iterator{folder}) {
        const std::string name = entry.path().lexically_relative(folder);
        if (name == OutputKeeper::file_name || (entry.is_directory() && !entry.is_symlink())) {
            continue;
        }
        check(entry, name);
        files.push_back(
            {.path = name, .name = name, .media_type = std::string{media_type_of(name)}});
        if (files.size() > most_files) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("the command left more than {} files", most_files))
                .with_code("too_many_files");
        }
    }
    std::ranges::sort(files, {}, &FrameFile::path);
    return files;
}

}  // namespace

std::vector<FrameFile> left_files(const fs::path& folder) {
    // The folder was the command's: whatever is wrong with it now is the command's doing.
    try {
        const auto status = fs::symlink_status(folder);
        if (folder.empty() || !fs::exists(status)) {
            return {};
        }
        if (!fs::is_directory(status)) {
            throw refused("$BATCH_OUTPUT_DIR", "which is no folder any more");
        }
        return files_in(folder);
    } catch (const fs::filesystem_error& error) {
        throw Error(ErrorKind::bad_input,
                    system_error("read what the command left", error.code().value()).what())
            .with_code("bad_output");
    }
}

}  // namespace batch::exec
