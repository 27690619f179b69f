#pragma once

#include "core/base/time.hpp"

#include <string>
#include <vector>

namespace batch {

/// Who has logged in, as the provider says; no secret is among it.
struct AccountRow {
    std::string name;    ///< of the login
    std::string issuer;  ///< with the subject it names the account for ever
    std::string subject;
    std::string email;
    std::string full_name;
    std::string picture;
    std::vector<std::string> scopes;
    TimePoint granted_at{};
};

/// The accounts that have logged in beside this state.
/// All throw Error{state} if the file cannot be used.
class Accounts {
public:
    virtual ~Accounts() = default;

    /// Adds the account, or replaces what is known of it; an email may have changed.
    virtual void remember(const AccountRow& account) = 0;

    /// By name.
    virtual std::vector<AccountRow> all() = 0;

protected:
    Accounts() = default;
    Accounts(const Accounts&) = default;
    Accounts& operator=(const Accounts&) = default;
};

}  // namespace batch
