#pragma once

#include "cli/context.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace batch::cli {

/// NAME[@VERSION] of a stored template.
struct TemplateName {
    std::string name;
    std::optional<int> version;
};

/// A file's name has a dot or a slash, a stored one's never.
bool is_template_file(std::string_view name) noexcept;

/// Throws Error{usage} for a version that is no number.
TemplateName parse_template_name(std::string_view text);

/// A template from its file; `engine` is the plugin to render it, by the extension if empty.
/// Throws Error{usage} if neither says it, Error{not_found} without the file.
StoredTemplate read_template_file(const std::string& file, const std::string& engine);

/// Throws Error{not_found} with the nearest name.
StoredTemplate find_stored_template(Context& context, const std::string& name);

/// From a file or the state file, as the name says.
StoredTemplate read_template(Context& context, const std::string& name, const std::string& engine);

/// "html" for "card.html.j2": what a rendered text is by the template's name.
std::string type_of_template(std::string_view name);

}  // namespace batch::cli
