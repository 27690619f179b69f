#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace batch::cli {

class Context;

struct LoginOptions {
    std::string account;              ///< empty: the email
    std::string profile;              ///< empty: drive-file
    std::vector<std::string> scopes;  ///< beside those of the profile
    std::string login_hint;
    std::string client_file;
    bool no_browser = false;
    bool device = false;
    bool ipv6 = false;
    std::uint16_t port = 0;  ///< 0: any
    std::string timeout;     ///< empty: 5m

    std::vector<std::string> typed;  ///< the words of the command line, to be typed once more
};

struct TokenOptions {
    std::string account;
    std::string min_life;  ///< empty: 1m
};

struct LogoutOptions {
    std::string account;
    bool local_only = false;
};

struct ServiceAccountOptions {
    std::string verb;  ///< "add" or "remove"
    std::string what;  ///< a file, or an account
    std::string on_behalf_of;
    std::vector<std::string> scopes;
};

/// What `batchctl auth` does.
///
/// It is the work of a program of its own, batchctl-auth, so that no other command pays for loading
/// libcurl: batchctl becomes that program, which has the same commands and these besides.
class AuthCommands {
public:
    virtual ~AuthCommands() = default;
    virtual int login(const LoginOptions& options, Context& context) = 0;
    virtual int status(bool check, Context& context) = 0;
    virtual int list(Context& context) = 0;
    virtual int choose(const std::string& account, Context& context) = 0;
    virtual int token(const TokenOptions& options, Context& context) = 0;
    virtual int refresh(const std::string& account, Context& context) = 0;
    virtual int logout(const LogoutOptions& options, Context& context) = 0;
    virtual int service_account(const ServiceAccountOptions& options, Context& context) = 0;

protected:
    AuthCommands() = default;
    AuthCommands(const AuthCommands&) = default;
    AuthCommands& operator=(const AuthCommands&) = default;
};

/// Goes on as batchctl-auth with the same words; returns only by throwing.
[[noreturn]] void become_auth(const std::vector<std::string>& words);

}  // namespace batch::cli
