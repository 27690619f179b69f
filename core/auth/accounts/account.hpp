#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::auth {

enum class AccountKind : std::uint8_t { login, service_account };
enum class AccountStatus : std::uint8_t { ok, needs_login };

/// What the file of a login says in the open: everything but the secrets.
///
/// Read without a key and without a network, so that `submit` and batchd can look at it.
struct Account {
    AccountKind kind = AccountKind::login;
    std::string name = {};  ///< that of the file, "ada@example.org"
    std::string issuer = {};
    std::string subject = {};
    std::string email = {};
    std::string full_name = {};
    std::string picture = {};
    std::string client_id = {};
    std::vector<std::string> scopes = {};
    AccountStatus status = AccountStatus::ok;
    std::string reason = {};  ///< why a login is needed: "invalid_grant", "rotation_lost", ...
    TimePoint granted_at = {};
    std::optional<TimePoint> ended_at = {};
    bool is_renewable = true;                    ///< false: it ends with its first token
    std::optional<TimePoint> refresh_ends = {};  ///< known beforehand, for access on time
    std::uint64_t generation = 0;                ///< grows with each change
    std::string key_from = {};                   ///< where the key of its secrets is
    std::string key_id = {};
};

/// The issuer that is Google.
inline constexpr std::string_view google_issuer = "https://accounts.google.com";

/// Where a person sees and ends what was granted.
inline constexpr const char* google_connections = "https://myaccount.google.com/connections";

/// The longest name; the file's has ".json" behind it.
inline constexpr std::size_t longest_account_name = 128;

/// Letters, digits and @ . _ + - , not beginning with a dot: such a name is that of a file.
bool is_account_name(std::string_view name);

/// The folder of the credentials below that of the state; --state does not change it.
std::filesystem::path credentials_folder(const std::filesystem::path& state_folder);

/// Files of this version are read; newer ones are refused untouched.
inline constexpr unsigned credential_version = 1;

/// The open part of a record.  Throws Error{login} if it is none, Error{state} if it is newer.
Account parse_account(std::string_view record, const std::string& name);

/// Absent if there is no such login.  Throws Error{permission} if others could have changed or
/// read the file or its folder, else as parse_account().
std::optional<Account> read_account(const std::filesystem::path& folder, const std::string& name);

/// Their names, sorted; also of those that cannot be read.
std::vector<std::string> account_names(const std::filesystem::path& folder);

/// All of them by name; those that cannot be read are left out.
std::vector<Account> list_accounts(const std::filesystem::path& folder);

/// The one that `auth switch` chose, or the only one; absent if there is none.
std::optional<std::string> current_account(const std::filesystem::path& folder);

/// Of a name without a file: Google gives service accounts names that no person has.
AccountKind kind_by_name(std::string_view name);

/// What to type when it is over or damaged: "batchctl auth login --account NAME"; the key of a
/// service account is stored once more.
std::string remedy(AccountKind kind, const std::string& name);

/// The same as a hint, "log in again{meanwhile}: batchctl auth login --account NAME".
std::string way_back(AccountKind kind, const std::string& name, std::string_view meanwhile = {});

/// Why it may have ended, for people; empty if nothing is known: "It was given 7 days ago: ...".
std::string likely_reason(const Account& account);

/// The record's bytes; absent if there is no such file.  Throws as read_account().
std::optional<std::string> read_record(const std::filesystem::path& folder,
                                       const std::string& name);

std::filesystem::path record_path(const std::filesystem::path& folder, const std::string& name);

}  // namespace batch::auth
