#include "core/auth/vault/vault.hpp"

#include "core/auth/vault/locking.hpp"
#include "core/auth/vault/sealing.hpp"
#include "core/base/error.hpp"
#include "core/config/folders.hpp"
#include "core/os/file.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <unistd.h>

namespace batch::auth {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_busy(const std::string& name, const fs::path& path) {
    const auto holder = holder_of(path);
    const std::string who = holder && holder->pid != 0
                                ? fmt::format("{} (pid {}{})", holder->what_for, holder->pid,
                                              holder->stopped() ? ", stopped" : "")
                                : std::string{"another process"};
    throw Error(
        ErrorKind::unavailable,
        fmt::format("the login {} is in use by {} for {} s", name, who, lock_patience.count()),
        holder && holder->pid != 0 ? fmt::format("see what it does: ps -fp {}", holder->pid) : "")
        .with_code("login_in_use");
}

}  // namespace

Vault::Vault(fs::path folder, Keys keys) : folder_{std::move(folder)}, keys_{std::move(keys)} {}

std::optional<Credential> Vault::find(const std::string& name) {
    const auto record = read_record(folder_, name);
    if (!record) {
        return std::nullopt;
    }
    const Account account = parse_account(*record, name);
    return parse_credential(*record, name, key_of(account));
}

/// The hint names the login, which the keys know nothing of.
Secret Vault::key_of(const Account& account) {
    try {
        return keys_.from(account.key_from);
    } catch (const Error& error) {
        if (error.code() != "no_key" || error.kind() != ErrorKind::login) {
            throw;
        }
        throw Error(error.kind(), error.what(), way_back(account.kind, account.name))
            .with_code("no_key");
    }
}

void Vault::prepare() {
    make_private_folder(folder_);
    keys_.prepare();
}

FileLock Vault::lock(const std::string& name, std::string_view what_for) {
    make_private_folder(folder_);
    const fs::path path = folder_ / (name + ".lock");
    auto lock = wait_for_lock(path, what_for, lock_patience);
    if (!lock) {
        throw_busy(name, path);
    }
    remove_leftovers(name);
    return std::move(*lock);
}

void Vault::save(Credential& credential) {
    Credential next = credential;
    // A refresh keeps the key: where it is not at hand nobody may choose a weaker one.
    const SealKey key = next.account.key_from.empty()
                            ? keys_.for_new()
                            : SealKey{keys_.from(next.account.key_from), next.account.key_from};
    ++next.account.generation;
    next.account.key_from = key.from;
    next.account.key_id = id_of_key(key.bytes);
    try {
        atomic_write(record_path(folder_, next.account.name), record_of(next, key.bytes));
    } catch (const Error& error) {
        throw Error(
            error.kind(),
            fmt::format("the login {} cannot be stored: {}", next.account.name, error.what()),
            error.hint())
            .with_code(std::string{error.code()});
    }
    credential = std::move(next);
}

bool Vault::remove(const std::string& name) {
    const fs::path path = record_path(folder_, name);
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) {
            return false;
        }
        throw system_error(fmt::format("remove {}", shown_path(path)), errno);
    }
    fsync_dir(folder_);
    return true;
}

void Vault::set_aside(const std::string& name) {
    const fs::path path = record_path(folder_, name);
    const fs::path aside = path.native() + ".corrupt";
    if (::rename(path.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
        throw system_error(fmt::format("move {} out of the way", shown_path(path)), errno);
    }
}

void Vault::choose_current(const std::string& name) {
    make_private_folder(folder_);
    atomic_write(folder_ / "current", name + "\n");
}

/// Of a writer that was killed: nobody else writes this login while we hold the lock, and nobody at
/// all writes for an hour.
void Vault::remove_leftovers(const std::string& name) {
    const std::string start = fmt::format(".{}.json.", name);
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours{1};
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
        const std::string file = entry.path().filename().native();
        const bool is_left = file.starts_with(start) ||
                             (file.starts_with('.') && entry.last_write_time(ignored) < old);
        if (is_left && file.ends_with(".tmp")) {
            ::unlink(entry.path().c_str());
        }
    }
}

}  // namespace batch::auth
