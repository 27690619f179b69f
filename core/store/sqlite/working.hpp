#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/sqlite/work.hpp"
#include "core/store/working.hpp"

namespace batch::sqlite {

class SqliteWorking final : public Working {
public:
    explicit SqliteWorking(Connection& connection) : connection_(connection) {}

    std::vector<LeftItem> left_by_others() override;
    std::size_t take_over(const DaemonRow& me, std::span<const std::int64_t> handed) override;
    std::unique_ptr<Work> begin() override;
    void keep_only(std::span<const ClaimNo> known) override;
    std::vector<OpenBatch> open_batches(TimePoint at, std::size_t each) override;
    bool is_claimable(BatchNo batch, TimePoint at) override;
    std::optional<TimePoint> next_due(TimePoint after) override;
    std::optional<BatchNo> alone_next(TimePoint at) override;
    void shorten_waits() override;
    std::vector<ItemId> cancel_marks() override;
    std::uint64_t wal_bytes() override;
    bool checkpoint() override;

private:
    Connection& connection_;
    Shift shift_;
};

}  // namespace batch::sqlite
