#pragma once

#include "cli/submit/options.hpp"
#include "core/config/toml.hpp"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {

/// One value of a job file.  All members throw Error{bad_input} with its place if it is of another
/// kind.
struct JobEntry {
    const TomlMember& member;
    const std::string& file;
    const std::filesystem::path& folder;  ///< of the job file; paths are relative to it

    [[noreturn]] void refuse(std::string_view wanted) const;

    std::string text() const;
    bool flag() const;
    int number() const;
    std::vector<std::string> texts() const;  ///< or one text
    std::vector<int> numbers() const;        ///< or one number

    /// { a = "b" } as "a=b".
    std::vector<std::string> pairs() const;

    /// One of the words that the flag takes too.
    std::string word(std::initializer_list<std::string_view> words) const;

    /// A path relative to the job file's folder; - stays.
    std::string path(const std::string& text) const;
    std::string template_name() const;

private:
    int number_of(const TomlValue& value) const;
};

/// The words of a command; a program beside the job file is found wherever the command runs.
std::vector<std::string> command_at(const JobEntry& entry);

/// A [[step]]: the value is one of the entry's list.
StepTable step_of(const JobEntry& entry, const TomlValue& value);

}  // namespace batch::cli
