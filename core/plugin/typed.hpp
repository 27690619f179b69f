#pragma once

#include <string>
#include <string_view>

namespace batch {

/// How the user named a plugin, so that a hint can say it again, put right.
struct Typed {
    std::string flag = "--step";  ///< what stands before it: "--to", "batchctl plugin show"
    std::string rest = {};        ///< behind the name: ":column=name"
    std::string outcome = {};     ///< ends messages: "nothing was stored"; may be empty
    std::string name = {};        ///< typed instead of the plugin's name: "pdf", "./shout"

    /// "--step shout:column=name".
    std::string say(std::string_view plugin, std::string_view instead_of_rest) const;

    std::string say(std::string_view plugin) const { return say(plugin, rest); }

    /// The message with "; nothing was stored" behind it.
    std::string with_outcome(std::string_view message) const;
};

}  // namespace batch
