#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// The version of the plugin protocol that this project speaks.
inline constexpr int plugin_protocol = 1;

/// What a plugin says of itself with --describe (batch-plugin(7)).
struct Manifest {
    std::string name = {};
    std::string version = {};
    std::string summary = {};
    std::vector<std::string> in = {};   ///< media types it takes
    std::vector<std::string> out = {};  ///< media types it makes
    int concurrency = 1;                ///< items it works on at once
    bool files = false;                 ///< wants a work directory for each item
    bool jail = false;                  ///< runs in bubblewrap
    bool lint = false;                  ///< understands --lint
    bool login = false;                 ///< gets what a login needs of batchd's environment
    std::string options = "{}";         ///< JSON Schema of its options, as JSON text
};

/// Throws Error{config} saying what is wrong with it; members it does not know are ignored.
Manifest parse_manifest(std::string_view json);

/// On one line, every member.
std::string to_json(const Manifest& manifest);

/// [a-z0-9], then also - and _; at most 64 characters.
bool is_plugin_name(std::string_view name) noexcept;

}  // namespace batch
