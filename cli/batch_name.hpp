#pragma once

#include "cli/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {

/// What BATCH[:ITEMS] on a command line names.
struct Named {
    Batch batch;
    std::vector<IndexRange> items;  ///< empty: all
    std::string text;               ///< as typed
};

/// Finds the batch: id, a unique beginning or ending of it (4 characters), @last, key=KEY.
/// Throws Error{not_found} (E10), Error{usage} if several fit (E11) or items are not meant here.
enum class Items { allowed, refused };
Named find_batch(Context& context, std::string_view text, Items items);

/// All of them, without items, before anything is done to the first.
std::vector<Batch> find_batches(Context& context, const std::vector<std::string>& names);

/// Throws Error{not_found} if the batch has no such items.
void check_items(const Named& named);

/// "5-9", "17", "1,3"; throws Error{usage}.
std::vector<IndexRange> parse_items(std::string_view text);

}  // namespace batch::cli
