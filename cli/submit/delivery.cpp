#include "cli/submit/delivery.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/placeholder.hpp"

#include <fmt/core.h>

#include <array>

#include <unistd.h>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

void refuse_address_of_drive(const std::string& target) {
    if (lower(target).starts_with("https://drive.google.com/")) {
        throw Error(
            ErrorKind::usage, fmt::format("--deliver knows no \"{}\"; nothing was stored", target),
            fmt::format("with \"drive:\" before it: --deliver {}", shell_word("drive:" + target)));
    }
}

/// "gdrive:1AbC" or "drve:1AbC" would be a folder where nobody looks for it.
void refuse_unknown_kind(const std::string& target) {
    constexpr std::array<std::string_view, 4> names_of_drive{"drive", "gdrive", "google-drive",
                                                             "googledrive"};
    if (!names_a_kind(target)) {
        return;
    }
    const auto colon = target.find(':');
    const bool means_drive = closest(lower(target.substr(0, colon)), names_of_drive).has_value();
    throw Error(ErrorKind::usage,
                fmt::format("--deliver knows no \"{}\"; nothing was stored", target),
                fmt::format("{}a folder of that name: --deliver {}",
                            means_drive ? fmt::format("of Drive: --deliver {}; ",
                                                      shell_word("drive" + target.substr(colon)))
                                        : "",
                            shell_word("./" + target)));
}

void check_kind(const std::string& target) {
    refuse_address_of_drive(target);
    if (target.empty() || target.find("://") != std::string::npos) {
        throw Error(ErrorKind::usage,
                    fmt::format("--deliver knows no \"{}\"; nothing was stored", target),
                    "a folder: --deliver ./DIR; of Drive: --deliver drive:ID");
    }
    const Pattern pattern(target);
    if (!pattern.placeholders().empty()) {
        const std::string& column = pattern.placeholders().front().text;
        throw Error(ErrorKind::usage,
                    fmt::format("--deliver is one folder for all items, {} is not filled in there; "
                                "nothing was stored",
                                column),
                    fmt::format("folders by a column: -o '{}/{{@index}}'", column));
    }
    refuse_unknown_kind(target);
}

/// The folder itself or the nearest one above it that is there.
fs::path nearest(fs::path folder) {
    std::error_code ignored;
    while (!fs::exists(fs::symlink_status(folder, ignored)) && folder.has_parent_path() &&
           folder != folder.parent_path()) {
        folder = folder.parent_path();
    }
    return folder;
}

}  // namespace

bool names_a_kind(const std::string& target) {
    const auto colon = target.find(':');
    return colon != std::string::npos && colon > 0 && target.find('/') > colon;
}

fs::path delivery_folder(const std::string& target) {
    check_kind(target);
    const fs::path typed = fs::absolute(target).lexically_normal();
    const fs::path folder = typed.has_filename() ? typed : typed.parent_path();  // "out/"
    const fs::path there = nearest(folder);
    std::error_code ignored;
    if (!fs::is_directory(there, ignored)) {
        throw Error(ErrorKind::usage,
                    fmt::format("cannot deliver into {}: {} is no folder; nothing was stored",
                                target, there.string()),
                    "another folder: --deliver ./DIR");
    }
    if (::access(there.c_str(), W_OK | X_OK) != 0) {
        throw Error(ErrorKind::permission,
                    fmt::format("cannot deliver into {}: {} may not be written to; nothing was "
                                "stored",
                                target, there.string()),
                    "a folder of yours: --deliver ./DIR");
    }
    return folder;
}

}  // namespace batch::cli
