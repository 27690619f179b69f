#include "core/store/sqlite/accounts.hpp"

#include "core/base/text.hpp"

namespace batch::sqlite {
namespace {

constexpr const char* put_account =
    "INSERT INTO account(issuer, subject, name, email, full_name, picture, scopes, granted_at) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(issuer, subject) DO UPDATE SET "
    "name = ?3, email = ?4, full_name = ?5, picture = ?6, scopes = ?7, granted_at = ?8";
constexpr const char* select_accounts =
    "SELECT issuer, subject, name, email, full_name, picture, scopes, granted_at FROM account "
    "ORDER BY name";

}  // namespace

void SqliteAccounts::remember(const AccountRow& account) {
    Transaction transaction(connection_, Access::write);
    connection_.run(put_account, account.issuer, account.subject, account.name, account.email,
                    account.full_name, account.picture, join(account.scopes, " "),
                    account.granted_at);
    transaction.commit();
}

std::vector<AccountRow> SqliteAccounts::all() {
    std::vector<AccountRow> accounts;
    for (Rows rows = connection_.query(select_accounts); rows.next();) {
        accounts.push_back({.name = rows.string(2),
                            .issuer = rows.string(0),
                            .subject = rows.string(1),
                            .email = rows.string(3),
                            .full_name = rows.string(4),
                            .picture = rows.string(5),
                            .scopes = split(rows.text(6), ' '),
                            .granted_at = rows.time(7)});
    }
    return accounts;
}

}  // namespace batch::sqlite
