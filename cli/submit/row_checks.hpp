#pragma once

#include "cli/submit/options.hpp"
#include "cli/submit/output_names.hpp"
#include "cli/submit/problems.hpp"
#include "core/base/json.hpp"
#include "core/base/row_reader.hpp"
#include "core/model/batch.hpp"
#include "core/model/placeholder.hpp"
#include "core/model/row_part.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace batch::cli {

/// What the checks of rows go by.
struct RowRules {
    const Plan& plan;
    std::string batch;        ///< id
    std::string file;         ///< of the rows, for places; empty for arguments
    bool allow_dash = false;  ///< a word may begin with a dash
};

/// What can only be checked with each row: that it has what the placeholders name, that the words
/// of commands are harmless, and that no two outputs, nor an output and a file that is there, have
/// one name.
class RowChecks {
public:
    RowChecks(const RowRules& rules, Problems& problems);
    RowChecks(const RowChecks&) = delete;
    RowChecks& operator=(const RowChecks&) = delete;

    /// Returns the number that makes the output's name unique; 0: none.
    int check(const Row& row, std::int64_t index);

    /// After the last row.  Throws E4.
    void finish(std::int64_t total) { names_.finish(total); }

    /// Where the item's output will be: "./certificates/Ada Lovelace 7a.pdf".
    std::string output_of(const Row& row, std::int64_t index, std::int64_t total, int suffix) const;

private:
    /// A text of a step that has placeholders.
    struct Text {
        Pattern pattern;
        std::string typed;
        bool is_word = false;   ///< of a command
        bool may_dash = false;  ///< what it becomes may begin with a dash
    };

    void add_command(const std::vector<std::string>& command);
    void add_texts(const Json& options);
    void add(Text text);
    void check_word(const Text& text, const std::string& word, const RowPlace& at);

    RowRules rules_;
    Problems& problems_;
    std::vector<Text> texts_;
    RowPart part_;  ///< what the texts need
    OutputNames names_;
};

}  // namespace batch::cli
