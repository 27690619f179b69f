#pragma once

#include "cli/submit/problems.hpp"
#include "core/base/json.hpp"
#include "core/base/row_reader.hpp"
#include "core/model/batch.hpp"
#include "core/model/placeholder.hpp"
#include "core/model/row_part.hpp"
#include "core/store/name_book.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace batch::cli {

/// A row on its way, for messages about it.
struct RowPlace {
    const std::string& file;  ///< empty for arguments
    std::int64_t line = 0;
    std::int64_t index = 0;

    /// The error at its line, or naming the item where there are no lines.
    Error error(const std::string& message, const std::string& hint = {}) const;
};

/// Keeps outputs from having one name, and from meeting files that are there (D20 of the design:
/// E3, E4).  Numbers are given in the order of the items.
class OutputNames {
public:
    OutputNames(const Plan& plan, Problems& problems);

    bool are_named() const noexcept { return book_ != nullptr; }

    /// Returns the number that makes the row's name unique; 0: none.
    int take(const Row& row, const ItemFacts& facts, const RowPlace& at);

    /// After the last row: names that are the index, and files that are there.  Throws E4.
    void finish(std::int64_t total);

    /// Below the first target, or as it is called without one.
    std::string shown(const Row& row, const ItemFacts& facts, int suffix) const;

private:
    std::string name_of(const Json& row, const ItemFacts& facts, int suffix) const;
    const std::string* folder_with(const std::string& name) const;
    bool is_there(const std::string& name) const;
    void note_if_there(const std::string& name);
    int free_number(const Json& row, const ItemFacts& facts);
    void tell_taken(const std::string& name, const NameOwner& owner, const RowPlace& at);
    std::string suggestion(const Row& row) const;

    const Plan& plan_;
    Pattern pattern_;
    RowPart part_;  ///< what the pattern needs
    Problems& problems_;
    std::size_t room_ = 3'000;          ///< bytes of a name that still make a path
    std::vector<std::string> folders_;  ///< those targets that are there, as typed
    std::unique_ptr<NameBook> book_;    ///< null while the index is the name
    std::int64_t there_ = 0;
    std::string first_there_;
    std::string first_folder_;
};

}  // namespace batch::cli
