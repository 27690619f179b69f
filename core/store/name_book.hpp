#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace batch {

/// Who has a name.
struct NameOwner {
    std::int64_t index = 0;
    std::int64_t line = 0;  ///< in the file of rows; 0: none
};

/// Remembers names on disk, not in memory, so that a million of them can be told apart.
/// A private temporary file, gone with the object.
class NameBook {
public:
    virtual ~NameBook() = default;

    /// Takes the name; or says who has it already.
    virtual std::optional<NameOwner> take(std::string_view name, const NameOwner& owner) = 0;

    /// 2 for the first that asks for a name that is taken, then 3, ...
    virtual int next_number(std::string_view name) = 0;

protected:
    NameBook() = default;
    NameBook(const NameBook&) = default;
    NameBook& operator=(const NameBook&) = default;
};

std::unique_ptr<NameBook> open_name_book();

}  // namespace batch
