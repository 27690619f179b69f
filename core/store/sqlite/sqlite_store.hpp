#pragma once

#include "core/store/sqlite/accounts.hpp"
#include "core/store/sqlite/reading.hpp"
#include "core/store/sqlite/steering.hpp"
#include "core/store/sqlite/submitting.hpp"
#include "core/store/sqlite/working.hpp"
#include "core/store/store.hpp"

#include <memory>

namespace batch::sqlite {

/// A state in one SQLite file.
class SqliteStore final : public Store {
public:
    explicit SqliteStore(std::unique_ptr<Connection> connection);

    Submitting& submitting() override { return submitting_; }

    Reading& reading() override { return reading_; }

    Steering& steering() override { return steering_; }

    Working& working() override { return working_; }

    Accounts& accounts() override { return accounts_; }

    std::string state_id() override;
    int schema_version() override;
    bool may_be_stale() const override;
    void require_writable() const override;

    void reopen() override { connection_->reopen(); }

    std::vector<StoreFinding> check() override;

    /// For tests of what no face shows.
    Connection& connection() { return *connection_; }

private:
    std::unique_ptr<Connection> connection_;
    SqliteSubmitting submitting_;
    SqliteReading reading_;
    SqliteSteering steering_;
    SqliteWorking working_;
    SqliteAccounts accounts_;
};

}  // namespace batch::sqlite
