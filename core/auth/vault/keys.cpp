#include "core/auth/vault/keys.hpp"

#include "core/auth/vault/locking.hpp"
#include "core/auth/vault/plain_file.hpp"
#include "core/auth/vault/sealing.hpp"
#include "core/base/base64.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/folders.hpp"
#include "core/os/child.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <chrono>
#include <csignal>

#include <poll.h>

namespace batch::auth {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto keyring_patience = 3s;
constexpr auto making_patience = 15s;  // of several questions to the keyring
constexpr std::size_t longest_key_text = 256;
constexpr std::size_t longest_words = std::size_t{64} << 10U;
constexpr std::string_view directory_variable = "CREDENTIALS_DIRECTORY";

/// 32 bytes as they are, or in base64url as we write them.
std::optional<Secret> key_in(const std::string& text) {
    if (text.size() == key_size) {
        return Secret{text};
    }
    const auto bytes = from_base64url(trim(text));
    return bytes && bytes->size() == key_size ? std::optional{Secret{*bytes}} : std::nullopt;
}

/// What secret-tool says.
struct KeyringAnswer {
    enum class Outcome { found, nothing, failed } outcome = Outcome::failed;
    std::string text = {};
};

/// "Nothing there" is exit status 1 without a word (secret-tool(1)); all else is a failure, which
/// says nothing of what the keyring has.
KeyringAnswer answer_of(Child& child, int out, int err) {
    using Outcome = KeyringAnswer::Outcome;
    pollfd ended{.fd = child.poll_fd(), .events = POLLIN, .revents = 0};
    if (::poll(&ended, 1, static_cast<int>(Millis{keyring_patience}.count())) <= 0) {
        return {.outcome = Outcome::failed};  // the child is killed
    }
    const Exit exit = child.wait();
    if (exit.ok()) {
        return {.outcome = Outcome::found, .text = read_all(out, longest_key_text)};
    }
    const bool is_silent =
        exit == Exit{.code = 1, .signal = 0} && read_all(err, longest_words).empty();
    return {.outcome = is_silent ? Outcome::nothing : Outcome::failed};
}

KeyringAnswer ask_keyring(const std::vector<std::string>& words, const std::string& input) {
    try {
        Pipe in = make_pipe();
        Pipe out = make_pipe();
        Pipe err = make_pipe();
        std::vector<std::string> argv{"secret-tool"};
        argv.insert(argv.end(), words.begin(), words.end());
        Child child = Child::spawn({.argv = argv,
                                    .env = for_strangers(process_environment()),
                                    .in = in.read.get(),
                                    .out = out.write.get(),
                                    .err = err.write.get()});
        in.read = Fd{};
        out.write = Fd{};
        err.write = Fd{};
        write_quietly(in.write.get(), input);
        in.write = Fd{};
        return answer_of(child, out.read.get(), err.read.get());
    } catch (const Error&) {
        return {};
    }
}

const std::vector<std::string> keyring_item{"application", "batchctl", "purpose", "credential-key"};

std::vector<std::string> keyring_words(std::vector<std::string> words) {
    words.insert(words.end(), keyring_item.begin(), keyring_item.end());
    return words;
}

/// Where it is, and somebody has to let us have it.
std::string way_to_key(std::string_view where) {
    return fmt::format("{}, or log in again with auth.key = \"file\"",
                       where == "secret-service" ? "unlock the keyring"
                                                 : "systemd gives it to the unit alone: ask there");
}

[[noreturn]] void throw_no_key(std::string_view where) {
    const bool is_lost = where == "file";
    throw Error(is_lost ? ErrorKind::login : ErrorKind::permission,
                fmt::format("the {} cannot be had here", text_of_key(where)),
                is_lost ? "log in again: batchctl auth login" : way_to_key(where))
        .with_code("no_key");
}

}  // namespace

Keys::Keys(fs::path folder, KeySource wanted, Environment environment)
    : folder_{std::move(folder)}, wanted_{wanted}, environment_{std::move(environment)} {}

SealKey Keys::for_new() {
    // Of two keys that are made at once one would be lost, with the login that was stored with it.
    make_private_folder(folder_);
    const auto lock = wait_for_lock(folder_ / ".key.lock", "a key", making_patience);
    if (!lock) {
        throw Error(ErrorKind::unavailable, "the key of the logins is in use by another process",
                    "try again in a minute")
            .with_code("login_in_use");
    }
    if (wanted_ == KeySource::automatic) {
        if (auto key = of_directory()) {
            return {.bytes = std::move(*key), .from = "credentials-directory"};
        }
    }
    if (wanted_ != KeySource::file) {
        if (auto key = of_secret_service(true)) {
            return {.bytes = std::move(*key), .from = "secret-service"};
        }
    }
    if (wanted_ == KeySource::secret_service) {
        throw Error(ErrorKind::config, "the Secret Service does not answer, and auth.key wants it",
                    "unlock the keyring, or keep the key in a file: auth.key = \"file\"");
    }
    return {.bytes = *of_file(true), .from = "file"};
}

void Keys::prepare() {
    if (wanted_ == KeySource::secret_service) {
        static_cast<void>(for_new());
    }
}

Secret Keys::from(std::string_view where) {
    const auto key = where == "credentials-directory" ? of_directory()
                     : where == "secret-service"      ? of_secret_service(false)
                                                      : of_file(false);
    if (!key) {
        throw_no_key(where);
    }
    return *key;
}

std::optional<Secret> Keys::of_directory() const {
    const std::string folder{value_of(environment_, directory_variable)};
    std::error_code ignored;
    const fs::path path = fs::path{folder} / "batch-key";
    if (folder.empty() || !fs::exists(path, ignored)) {
        return std::nullopt;
    }
    auto key = key_in(read_plain_file(path, longest_key_text).text);
    if (!key) {
        throw Error(ErrorKind::config, fmt::format("{} is no key of 32 bytes", path.native()),
                    "make one: openssl rand 32 > batch-key");
    }
    return key;
}

std::optional<Secret> Keys::of_secret_service(bool may_make) {
    if (value_of(environment_, "DBUS_SESSION_BUS_ADDRESS").empty()) {
        return std::nullopt;
    }
    using Outcome = KeyringAnswer::Outcome;
    const KeyringAnswer there = ask_keyring(keyring_words({"lookup"}), "");
    if (there.outcome == Outcome::found) {
        return key_in(there.text);
    }
    // A key is made only where there is none: another one would cost all logins before.
    if (there.outcome == Outcome::failed || !may_make) {
        return std::nullopt;
    }
    ask_keyring(keyring_words({"store", "--label=Key of batchctl's logins"}),
                base64url(new_key().reveal()));
    // Read back: what the keyring does not give again would be lost with every login.
    const KeyringAnswer again = ask_keyring(keyring_words({"lookup"}), "");
    return again.outcome == Outcome::found ? key_in(again.text) : std::nullopt;
}

std::optional<Secret> Keys::of_file(bool may_make) const {
    const fs::path path = folder_ / "key";
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(path, ignored))) {
        if (!may_make) {
            return std::nullopt;
        }
        atomic_write(path, base64url(new_key().reveal()) + "\n");
    }
    const PlainFile file = read_plain_file(path, longest_key_text);
    if (file.is_open_to_others) {
        throw Error(ErrorKind::permission,
                    fmt::format("{} is not safe: others may open it", shown_path(path)),
                    "take that away: chmod 600 " + shell_word(path.native()))
            .with_code("insecure_credential");
    }
    auto key = key_in(file.text);
    if (!key) {
        throw Error(ErrorKind::state, fmt::format("{} is no key", shown_path(path)),
                    "log in again after: rm " + shell_word(path.native()));
    }
    return key;
}

std::vector<std::string> for_strangers(const Environment& environment) {
    std::vector<std::string> result;
    for (const auto& [name, value] : environment) {
        if (!name.starts_with("BATCH_") && name != "GOOGLE_APPLICATION_CREDENTIALS") {
            result.push_back(name + "=" + value);
        }
    }
    return result;
}

std::string text_of_key(std::string_view from) {
    if (from == "secret-service") {
        return "key in the Secret Service";
    }
    return from == "credentials-directory" ? "key in $CREDENTIALS_DIRECTORY" : "key on disk";
}

}  // namespace batch::auth
