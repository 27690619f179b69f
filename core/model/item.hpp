#pragma once

#include "core/model/batch.hpp"

#include <optional>
#include <string>

namespace batch {

/// A failure as it is stored with an item.
struct ItemError {
    ErrorClass error_class = ErrorClass::permanent;
    std::string code;
    std::string message;
    std::string hint;
    std::string step;  ///< the plugin's name
    int attempt = 0;
    TimePoint at{};
};

std::string to_json(const ItemError& error);
ItemError item_error_of(std::string_view json);

/// An item as the reading commands see it.
struct Item {
    ItemIndex index = 0;
    std::optional<std::int64_t> line;  ///< in the file of rows
    ItemStatus status = ItemStatus::pending;
    int attempts = 0;
    std::string step;  ///< the step it is at or ended in; may be empty
    std::optional<TimePoint> retry_at;
    std::optional<TimePoint> finished_at;
    std::optional<Millis> duration;
    std::optional<ItemError> error;
    std::string payload;  ///< JSON text; only if asked for
    std::string output;   ///< as to_json(Output); only if asked for; may be empty
};

/// One piece of what plugins and commands wrote for an item.
struct LogLine {
    std::int64_t no = 0;  ///< grows with every line that is written
    ItemIndex index = 0;
    int attempt = 0;
    std::string step;
    TimePoint at{};
    std::string stream;  ///< err, out or log
    std::string level;   ///< of stream log; may be empty
    std::string text;
    std::int64_t cut_bytes = 0;
};

}  // namespace batch
