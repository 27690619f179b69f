#pragma once

#include "core/model/batch.hpp"
#include "core/store/sqlite/connection.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace batch::sqlite {

/// Failed items of one batch by their code, to be added to the rows of `failure` or taken from
/// them.
class FailureCounts {
public:
    /// The message of the first item of a code is kept.
    void add(const std::string& code, ItemIndex index, std::string_view message = {});

    void add_to(Connection& connection, BatchNo batch) const;
    void subtract(Connection& connection, BatchNo batch) const;

private:
    struct Count {
        std::int64_t count = 0;
        std::string message;
        std::vector<ItemIndex> items;
    };

    std::map<std::string, Count, std::less<>> counts_;
};

/// Finds items for the codes that have lost some of those that are shown.
void refill_first_items(Connection& connection, BatchNo batch);

}  // namespace batch::sqlite
