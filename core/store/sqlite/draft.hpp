#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/submitting.hpp"

#include <cstddef>
#include <memory_resource>
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

    void add(const NewItem& item) override;

    std::int64_t size() const override { return size_; }

    Published publish(std::string_view content) override;

    /// Drafts of this connection, in one transaction.
    static std::vector<Published> publish(Connection& connection,
                                          const std::vector<Complete>& drafts);

private:
    /// A row that was read and is not yet stored.
    struct Held {
        std::string_view payload;  ///< in payloads_
        std::int64_t line = 0;
        int suffix = 0;
    };

    bool is_full() const;
    void store_slices();
    void ensure_room() const;
    void store(BatchNo no, std::size_t first, std::size_t end);
    BatchNo insert_batch();
    static std::vector<Published> commit(Connection& connection,
                                         const std::vector<Complete>& drafts);
    Published write(std::string_view content);
    std::optional<Published> existing(std::string_view content);
    void make_visible(BatchNo no, std::string_view content);

    Connection& connection_;
    NewBatch batch_;
    std::vector<Held> held_;
    std::pmr::monotonic_buffer_resource payloads_;  ///< grows without copying what it has
    std::size_t payload_bytes_ = 0;
    std::int64_t size_ = 0;
    std::optional<BatchNo> no_;  ///< once something of it is in the file
    BootTime end_of_slice_{};
};

}  // namespace batch::sqlite
