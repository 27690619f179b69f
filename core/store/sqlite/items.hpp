#pragma once

#include "core/store/reading.hpp"
#include "core/store/sqlite/connection.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace batch::sqlite {

/// Puts items together from their rows, page by page; see schema.cpp for what the rows mean.
class ItemReader {
public:
    ItemReader(Connection& connection, BatchNo batch, const ItemFilter& filter);

    /// Calls `take` until it returns false.  Returns how many items fit if the counters tell, else
    /// how many were given.
    std::size_t read(const std::function<bool(const Item&)>& take);

private:
    /// Items with the keys [first, end), as one moment saw them.
    struct Page {
        std::int64_t first = 0;
        std::int64_t end = 0;
        std::vector<Item> items;
        std::vector<bool> told;  ///< whether a row speaks of the item

        /// The item, of which a row was found.
        Item& tell(std::int64_t key);
        void cut_after(std::int64_t key);
    };

    /// What holds for the items that no row speaks of.
    struct State {
        std::int64_t next = 0;
        bool aborted = false;
        std::vector<IndexRange> leases;
    };

    using Take = std::function<bool(const Item&)>;

    std::optional<std::size_t> known_count(const Batch& batch) const;
    bool read_range(const IndexRange& range, const Take& take);
    bool give(const Page& page, const Take& take);
    bool fits(const Item& item) const;
    bool wants(ItemStatus status) const;

    Page read_page(std::int64_t from, std::int64_t end);
    bool read_state();
    std::int64_t candidate(std::int64_t from, std::int64_t end);
    std::int64_t open_candidate(std::int64_t from, std::int64_t end);
    void read_items(Page& page);
    void read_results(Page& page);
    void read_retries(Page& page);
    void derive_rest(Page& page) const;
    std::string step_name(std::size_t step) const;

    Connection& connection_;
    BatchNo batch_;
    const ItemFilter& filter_;
    std::vector<std::string> steps_;
    State state_;
    std::size_t given_ = 0;
};

}  // namespace batch::sqlite
