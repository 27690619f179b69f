#pragma once

#include "core/auth/vault/credential.hpp"
#include "core/auth/vault/keys.hpp"
#include "core/os/lock.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace batch::auth {

/// How long another process may have a login's lock before we give up.
inline constexpr std::chrono::seconds lock_patience{30};

/// The logins of one user, in files that all their programs share.
///
/// Each login has a file NAME.json, which is replaced as a whole, and a lock file NAME.lock, which
/// is never removed.  What changes a login holds its lock, and reads it again inside.
class Vault {
public:
    Vault(std::filesystem::path folder, Keys keys);

    const std::filesystem::path& folder() const noexcept { return folder_; }

    /// Absent if there is no such login.  Throws as read_account(), and as Keys::from() if its key
    /// cannot be had.
    std::optional<Credential> find(const std::string& name);

    /// Finds out whether a login could be stored, before a person is troubled: the folder is ours
    /// alone, and the keyring answers if its key is wanted.  Throws as save().
    void prepare();

    /// Waits up to lock_patience.  Throws Error{unavailable} naming who has it.
    FileLock lock(const std::string& name, std::string_view what_for);

    /// Under its lock.  On the disk when this returns; a name of an older file is kept whole if it
    /// fails.  Counts the generation up.
    void save(Credential& credential);

    /// Under its lock.  False if there was none.
    bool remove(const std::string& name);

    /// What cannot be read goes out of the way as NAME.json.corrupt, under its lock.
    void set_aside(const std::string& name);

    void choose_current(const std::string& name);

private:
    Secret key_of(const Account& account);
    void remove_leftovers(const std::string& name);

    std::filesystem::path folder_;
    Keys keys_;
};

}  // namespace batch::auth
