#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/steering.hpp"

namespace batch::sqlite {

class SqliteSteering final : public Steering {
public:
    explicit SqliteSteering(Connection& connection) : connection_(connection) {}

    bool pause(BatchNo batch, const Reason& reason) override;
    bool resume(BatchNo batch) override;
    Touched cancel(BatchNo batch, const Reason& reason) override;
    Touched cancel_items(BatchNo batch, const std::vector<IndexRange>& ranges) override;
    Touched retry(BatchNo batch, const RetryWish& wish) override;
    void remove(BatchNo batch, Keep keep) override;
    void confirm(const std::vector<Confirmed>& bells) override;

private:
    Connection& connection_;
};

}  // namespace batch::sqlite
