#pragma once

#include "cli/context.hpp"
#include "core/base/row_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace batch::cli {

struct PreviewTask {
    const StoredTemplate& text;
    Row row;
    std::int64_t index = 0;
    std::string to;  ///< "pdf:paper=A5"; empty: what the template makes
};

/// What the row becomes, as bytes.  Throws Error{bad_input} if the template cannot make it.
std::string preview(Context& context, const PreviewTask& task);

/// 0 if it cannot be seen.
std::size_t count_pages(std::string_view pdf);

}  // namespace batch::cli
