#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/submitting.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace batch::sqlite {

class SqliteDraft final : public Draft {
public:
    SqliteDraft(Connection& connection, NewBatch batch);
    SqliteDraft(const SqliteDraft&) = delete;
    SqliteDraft& operator=(const SqliteDraft&) = delete;
    ~SqliteDraft() override;

    void add(NewItem item) override;

    std::int64_t size() const override { return size_; }

    Published publish(std::string_view content) override;

private:
    bool is_full() const;
    void store_slices();
    void ensure_room() const;
    void store(BatchNo no, std::size_t first, std::size_t end);
    BatchNo insert_batch();
    Published commit(std::string_view content);
    std::optional<Published> existing(std::string_view content);
    void make_visible(BatchNo no, std::string_view content);

    Connection& connection_;
    NewBatch batch_;
    std::vector<NewItem> held_;  ///< read, not yet stored
    std::size_t held_bytes_ = 0;
    std::int64_t size_ = 0;
    std::optional<BatchNo> no_;  ///< once something of it is in the file
};

}  // namespace batch::sqlite
