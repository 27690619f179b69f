#pragma once

#include <string>
#include <string_view>

namespace batch {

/// How the user named a plugin, so that a hint can say it again, put right.
struct Typed {
    std::string flag = "--step";  ///< what stands before it: "--to", "batchctl plugin show"
    std::string rest = {};        ///< behind the name: ":column=name"
    std::string outcome = {};     ///< ends messages: "nothing was stored"; may be empty

    /// "--step shout:column=name".
    std::string say(std::string_view name, std::string_view instead_of_rest) const;

    std::string say(std::string_view name) const { return say(name, rest); }

    /// The message with "; nothing was stored" behind it.
    std::string with_outcome(std::string_view message) const;
};

}  // namespace batch
