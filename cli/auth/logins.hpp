#pragma once

#include "cli/context.hpp"
#include "core/auth/keeper.hpp"
#include "core/auth/vault/vault.hpp"
#include "core/http/client.hpp"

#include <functional>
#include <string>

namespace batch::cli {

/// The logins of this user, and the way to their provider.
class Logins {
public:
    /// `interrupted` ends what waits for a server.
    explicit Logins(Context& context, std::function<bool()> interrupted = {});

    auth::Vault& vault() noexcept { return vault_; }

    http::Client& client() noexcept { return client_; }

    auth::Keeper& keeper() noexcept { return keeper_; }

    const std::filesystem::path& folder() const noexcept { return vault_.folder(); }

    /// The one that is named, or by the configuration, or the current one.
    /// Throws Error{not_found} if there is none of this name, Error{login} if there is none at all.
    std::string chosen(const std::string& named);

private:
    Context& context_;
    auth::Vault vault_;
    http::Client client_;
    auth::Keeper keeper_;
};

}  // namespace batch::cli
