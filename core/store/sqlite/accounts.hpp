#pragma once

#include "core/store/accounts.hpp"
#include "core/store/sqlite/connection.hpp"

namespace batch::sqlite {

class SqliteAccounts final : public Accounts {
public:
    explicit SqliteAccounts(Connection& connection) : connection_(connection) {}

    void remember(const AccountRow& account) override;
    std::vector<AccountRow> all() override;

private:
    Connection& connection_;
};

}  // namespace batch::sqlite
