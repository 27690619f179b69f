#pragma once

#include "cli/submit/plan.hpp"
#include "cli/submit/problems.hpp"
#include "core/base/row_reader.hpp"
#include "core/model/placeholder.hpp"
#include "core/store/name_book.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// What can only be checked with each row: that it has what the placeholders name, that the words
/// of the command are harmless, and that no two outputs, nor an output and a file that is there,
/// have one name.
class RowChecks {
public:
    RowChecks(const SubmitOptions& options, const Plan& plan, std::string file, Problems& problems);

    /// Whether rows have to be looked into at all.
    bool are_needed() const noexcept { return needed_; }

    /// Returns the number that makes the output's name unique; 0: none.
    int check(const Row& row, std::int64_t index);

    /// After the last row: names that are the index, and the count of files that are there.
    /// Throws E4.
    void finish(std::int64_t total);

    /// Where the item's output will be: "./certificates/Ada Lovelace 7a.pdf".
    std::string output_of(const Row& row, std::int64_t index, std::int64_t total, int suffix) const;

private:
    void check_words(const Json& row, const ItemFacts& facts, const Row& at);
    int check_name(const Json& row, const ItemFacts& facts, const Row& at);
    int free_number(const Json& row, const ItemFacts& facts);
    std::string name_of(const Json& row, const ItemFacts& facts, int suffix) const;
    bool is_there(const std::string& name) const;
    void add(const std::string& message, const Row& at, std::int64_t index,
             const std::string& hint = {});

    const SubmitOptions& options_;
    const Plan& plan_;
    std::string file_;
    Problems& problems_;
    std::vector<Pattern> words_;
    std::size_t dashes_end_ = 0;  ///< words from here on stand behind a --
    bool needed_ = false;
    bool named_ = false;
    std::unique_ptr<NameBook> names_;
    std::int64_t there_ = 0;
    std::string first_there_;
};

}  // namespace batch::cli
