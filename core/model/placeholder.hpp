#pragma once

#include "core/base/json.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// What placeholders with an @ stand for, and the item's own.
struct ItemFacts {
    std::string_view batch;   ///< {@batch}
    std::uint32_t index = 0;  ///< {@index}
    std::int64_t total = 0;   ///< pads the default output name
    std::int64_t line = 0;    ///< {@line}; 0: nothing
    std::string key;          ///< {@key}
    std::string_view file;    ///< {@file}: artifact of the step before
    std::string_view out;     ///< {@out}: folder for this item's files
};

/// One placeholder of a text: {column}, {}, {@index}, {path:stem}, {user.email}.
struct Placeholder {
    std::string text;      ///< as written, with its braces
    std::string name;      ///< "column", "@index", "" for {}
    std::string modifier;  ///< "stem", "base", "dir", "slug", "04"; empty for none
    std::string whole;     ///< name and modifier together: a column with such a name wins
    std::size_t at = 0;    ///< byte position in the text
    bool maybe = false;    ///< {Price (EUR)}, {a,b}: one only if the row has such a column
};

/// A text with placeholders, taken apart once.
///
/// {name} is a placeholder if the name could be a column: no line breaks, quotes or nested braces
/// and no blank at either end.  Other braces stay as they are; \{ is a brace.  {{name}} is left to
/// the caller as a mistake (see doubled()).
class Pattern {
public:
    explicit Pattern(std::string_view text);

    const std::vector<Placeholder>& placeholders() const noexcept { return placeholders_; }

    /// The first {{name}}, which is how templates write it; empty if there is none.
    const std::string& doubled() const noexcept { return doubled_; }

    /// What stands behind the last placeholder.
    const std::string& tail() const noexcept { return literals_.back(); }

    /// Whether there is no text at all.
    bool is_empty() const noexcept { return placeholders_.empty() && tail().empty(); }

    /// Whether filling in leaves the text as it is: neither placeholders nor \{.
    bool is_plain() const noexcept { return placeholders_.empty() && !escapes_; }

    /// Fills in a row.  `clean` is applied to each value, not to what stands between.
    /// Throws Error{bad_input}, code "no_column", naming what the row lacks.
    using Clean = std::string (*)(std::string_view);
    std::string fill(const Json& row, const ItemFacts& facts, Clean clean = nullptr) const;

private:
    void add_literal(std::string_view text);
    std::size_t take_braces(std::string_view text, std::size_t brace);

    std::vector<std::string> literals_;  ///< one more than placeholders
    std::vector<Placeholder> placeholders_;
    std::string doubled_;
    bool escapes_ = false;
};

/// Every text inside a step's options filled in, at any depth; numbers and the like stay.
Json fill_options(const Json& options, const Json& row, const ItemFacts& facts);

/// Whether filling in changes anything in a step's options.
bool needs_filling(const Json& options);

/// A text that comes out of filling in as it is, whatever its braces.
std::string without_placeholders(std::string_view text);

}  // namespace batch
