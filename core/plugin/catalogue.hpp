#pragma once

#include "core/plugin/manifest.hpp"
#include "core/plugin/typed.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// Where plugins are looked for, in this order: beside the program (build tree), in its prefix's
/// libexec, /usr/local/libexec, the user's data folder (empty with --system), then `more`.
std::vector<std::filesystem::path> plugin_folders(const std::filesystem::path& user_data,
                                                  const std::vector<std::filesystem::path>& more);

struct InstalledPlugin {
    std::string name = {};
    std::filesystem::path path = {};
};

/// The plugins that are installed; the first one of a name is taken.
class Catalogue {
public:
    /// `home` is what messages write as ~; may be empty.
    explicit Catalogue(std::vector<std::filesystem::path> folders, std::filesystem::path home = {});

    /// Throws Error{not_found} with the nearest name, Error{permission} if it may not be executed.
    std::filesystem::path find(std::string_view name, const Typed& typed = {}) const;

    /// The same for a name, or a path if it has a slash.
    std::filesystem::path find_or_path(std::string_view name_or_path) const;

    /// Sorted by name; executable files only.
    std::vector<InstalledPlugin> list() const;

    const std::vector<std::filesystem::path>& folders() const noexcept { return folders_; }

private:
    std::string looked_in() const;

    std::vector<std::filesystem::path> folders_;
    std::filesystem::path home_;
};

/// Runs `path --describe`, for at most 5 seconds.  Throws Error{config} if that fails or the
/// manifest is wrong, Error{not_found, permission} if the file cannot be run.
Manifest describe_plugin(const std::filesystem::path& path);

}  // namespace batch
