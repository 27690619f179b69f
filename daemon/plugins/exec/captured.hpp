#pragma once

#include "core/os/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace batch::exec {

/// What is kept of a stream for the log: its beginning and its end, within a limit in bytes.
class LogKeeper {
public:
    explicit LogKeeper(std::size_t limit);

    void add(std::string_view bytes);

    /// Whole lines of the beginning that were not taken before; for who follows the log.
    std::string take_lines();

    struct Piece {
        std::string text;
        std::uint64_t cut_bytes = 0;  ///< how many bytes are missing behind it
    };

    /// All that was not taken; empty if there is nothing.
    std::vector<Piece> take_rest();

    /// The last line that is not blank, fit to be shown, at most 200 bytes.
    std::string last_line() const;

private:
    std::size_t limit_;
    std::string head_;
    std::size_t taken_ = 0;
    std::string tail_;
    std::uint64_t total_ = 0;
};

/// A standard output that is wanted as a whole: in memory, and in a file if it is longer than that.
class OutputKeeper {
public:
    struct Limits {
        std::size_t in_memory = 0;
        std::uint64_t most = 0;  ///< what is beyond that is not kept
    };

    /// Without a folder there is no file, whatever the limits are.
    OutputKeeper(Limits limits, std::filesystem::path folder);

    void add(std::string_view bytes);

    bool in_file() const noexcept { return static_cast<bool>(file_); }

    /// Of one that became too long: whether it begins with UTF-8.
    bool is_text() const noexcept { return is_text_; }

    /// Puts it into its file, which is not listed among what the command left.
    void move_to_file();

    /// The name of the file in the folder.
    static constexpr std::string_view file_name = ".stdout";

    const std::string& text() const noexcept { return text_; }

    /// There was more than may be kept.
    bool too_long() const noexcept { return total_ > limits_.most; }

    std::uint64_t limit() const noexcept { return limits_.most; }

private:
    Limits limits_;
    std::filesystem::path folder_;
    std::string text_;
    Fd file_;
    bool is_text_ = false;
    std::uint64_t total_ = 0;
};

}  // namespace batch::exec
