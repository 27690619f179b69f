#pragma once

#include "cli/auth_commands.hpp"

namespace batch::cli {

/// The commands of batchctl-auth; each is in a file of its own.
class AuthTool final : public AuthCommands {
public:
    int login(const LoginOptions& given, Context& context) override;
    int status(bool check, Context& context) override;
    int list(Context& context) override;
    int choose(const std::string& account, Context& context) override;
    int token(const TokenOptions& options, Context& context) override;
    int refresh(const std::string& account, Context& context) override;
    int logout(const LogoutOptions& options, Context& context) override;
    int service_account(const ServiceAccountOptions& options, Context& context) override;
};

}  // namespace batch::cli
