#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace batch {

/// Takes the fields out of one CSV record, one after the other.
class CsvFieldScanner {
public:
    /// `unquoted` is memory for fields with doubled quotes; it and the record outlive the scanner.
    CsvFieldScanner(std::string_view record, char delimiter, std::string& unquoted);

    /// False after the last field, and where the record breaks the rules: see problem().
    bool next();

    /// The field's text; valid until the next one.
    std::string_view field() const noexcept { return field_; }

    /// What is wrong; empty if nothing is.
    std::string_view problem() const noexcept { return problem_; }

    /// Where in the record the problem is.
    std::size_t offset() const noexcept { return at_; }

private:
    bool next_bare();
    bool next_quoted();

    std::string_view record_;
    char delimiter_;
    std::string& unquoted_;
    std::size_t at_ = 0;
    bool is_done_ = false;
    std::string_view field_;
    std::string_view problem_;
};

}  // namespace batch
