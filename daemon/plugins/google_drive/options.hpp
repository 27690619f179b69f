#pragma once

#include "core/model/batch.hpp"
#include "core/plugin/outbox.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace batch::drive {

/// The step's options, as `batchctl submit` fills them in.
struct Options {
    std::string folder;
    std::string target;   ///< as the user typed it
    std::string account;  ///< empty: a token of the environment
    std::string subject;  ///< whose login that was at submit; empty: whoever's it is
    std::filesystem::path credentials;
    std::string url;
    std::optional<std::filesystem::path> ca_file;
    OnCollision on_collision = OnCollision::error;

    bool operator==(const Options&) const = default;
};

/// Throws Refused{config} if they cannot be worked with.
Options parse_options(const plugin::Json& options);

/// Their JSON Schema.
plugin::Json options_schema();

}  // namespace batch::drive
