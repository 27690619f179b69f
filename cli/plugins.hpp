#pragma once

#include "cli/context.hpp"
#include "core/plugin/catalogue.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace batch::cli {

/// The plugins that this program can find, each asked for its manifest once.
class Plugins {
public:
    explicit Plugins(Context& context);

    struct Found {
        std::filesystem::path path;
        Manifest manifest;
        bool jailed = false;  ///< wants a jail, and the settings ask for one
    };

    /// By name, or by path if it has a slash.  Throws Error{not_found, permission, config}.
    const Found& find(const std::string& name_or_path, const Typed& typed = {});

    const Catalogue& catalogue() const noexcept { return catalogue_; }

private:
    Catalogue catalogue_;
    bool jail_ = true;
    std::map<std::string, Found> found_;
};

}  // namespace batch::cli
