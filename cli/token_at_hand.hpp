#pragma once

#include "cli/auth_commands.hpp"
#include "cli/context.hpp"
#include "core/auth/vault/live_token.hpp"
#include "core/auth/vault/vault.hpp"

namespace batch::cli {

/// This user's logins.
auth::Vault open_vault(const Config& config);

/// Throws Error{usage} for what is no duration.
Millis min_life_of(const TokenOptions& options);

/// The token alone, or with --json what is known of it.
void print_token(Context& context, const auth::LiveToken& token);

/// Prints the stored token if it is good for so long: that needs no server.  False if it is not, or
/// if anything is in the way: batchctl-auth finds another, or says what it is.
bool print_token_at_hand(Context& context, const TokenOptions& options);

}  // namespace batch::cli
