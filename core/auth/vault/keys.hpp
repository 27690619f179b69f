#pragma once

#include "core/base/secret.hpp"
#include "core/config/environment.hpp"
#include "core/config/settings.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::auth {

/// A key that credential files are encrypted with, and where it lies.
struct SealKey {
    Secret bytes = {};
    std::string from = {};  ///< "credentials-directory", "secret-service" or "file"
};

/// Where keys come from.
///
/// - credentials-directory: the file `batch-key` in $CREDENTIALS_DIRECTORY, which systemd gives to
///   the service alone (systemd.exec(5), LoadCredentialEncrypted=);
/// - secret-service: an item of the desktop's keyring, through secret-tool(1), which gets 3 s;
/// - file: `key` (0600) beside the credentials.  Whoever can read the one can read the other: it
///   protects a copy or a backup of the credentials without the key, not against the same user.
class Keys {
public:
    Keys(std::filesystem::path folder, KeySource wanted, Environment environment);

    /// The key for what is stored from now on; made if there is none yet.
    /// Throws Error{config} if the one that is wanted cannot be had.
    SealKey for_new();

    /// Throws as for_new() if the keyring is wanted, and does not answer.
    void prepare();

    /// The one from there.  Throws Error{permission} if it cannot be had here and now, Error{login}
    /// if it is lost.
    Secret from(std::string_view where);

private:
    std::optional<Secret> of_directory() const;
    std::optional<Secret> of_secret_service(bool may_make);
    std::optional<Secret> of_file(bool may_make) const;

    std::filesystem::path folder_;
    KeySource wanted_;
    Environment environment_;
};

/// "NAME=value" of all variables but ours, for programs that are not: tokens for scripts have no
/// business there.
std::vector<std::string> for_strangers(const Environment& environment);

/// "key in the Secret Service", "key on disk", for people.
std::string text_of_key(std::string_view from);

}  // namespace batch::auth
