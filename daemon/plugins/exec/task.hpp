#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace batch::exec {

/// What becomes of the command's standard output.
enum class Keep { text, json, none };

/// The step's options, as described by the manifest.
struct Options {
    std::vector<std::string> command;
    Keep keep = Keep::text;
    std::string chdir;             ///< empty: where the plugin runs
    std::vector<std::string> env;  ///< NAME=value, beside what every command gets
    std::vector<int> success_codes{0};
    std::vector<int> retry_on;
    std::vector<int> no_retry_on;
    std::size_t log_size = std::size_t{64} << 10;         ///< bytes kept of stderr
    std::uint64_t output_size = std::uint64_t{50} << 20;  ///< bytes that stdout may have
};

/// Throws Error{config}; the types are checked again, batchd is not trusted to have done it.
Options parse_options(std::string_view json);

/// The work on one item.
struct Task {
    std::uint64_t id = 0;
    std::string batch;
    std::string key;
    std::string index;             ///< digits
    std::string attempt;           ///< digits
    std::string input;             ///< what the command reads: the row, and a line end
    std::string input_file;        ///< first file of the step before; may be empty
    std::filesystem::path folder;  ///< {@out}; may be empty
    Options options;
};

/// `frame` is valid JSON.  Throws Error{config} for wrong options in it.
Task parse_task(std::string_view frame, const Options& options);

}  // namespace batch::exec
