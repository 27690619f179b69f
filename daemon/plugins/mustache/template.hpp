#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace batch::mustache {

/// A piece of a template, in the order of the text.
struct Node {
    enum class Kind {
        text,
        variable,  ///< {{name}}
        raw,       ///< {{{name}}} or {{&name}}: never escaped
        section,   ///< {{#name}}: once for what is true, once for each of a list
        inverted   ///< {{^name}}: for what is false, empty or missing
    };

    Kind kind = Kind::text;
    std::string text;      ///< the text, or the name
    std::size_t line = 0;  ///< of the name, from 1
    std::size_t column = 0;
    std::size_t end = 0;  ///< of a section: the index behind its last node
};

/// A template as the Mustache specification wants it (mustache(5)), without partials and lambdas.
///
/// Own code rather than kainjow's: that one has no line numbers, does not tell a missing variable
/// from an empty one, and leaves an empty line where a tag stood alone.
struct Template {
    std::string name;
    std::vector<Node> nodes;
};

/// Throws Error{bad_input} with its place.
Template parse(std::string_view name, std::string_view source);

}  // namespace batch::mustache
