#include "core/auth/accounts/account.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/folders.hpp"
#include "core/os/fd.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch::auth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_record = std::size_t{64} << 10U;
constexpr std::string_view ending = ".json";
constexpr std::string_view current_file = "current";

[[noreturn]] void refuse_open_door(const fs::path& path, const std::string& why,
                                   const std::string& fix) {
    throw Error(ErrorKind::permission, fmt::format("{} is not safe: {}", shown_path(path), why),
                fix)
        .with_code("insecure_credential");
}

/// Only we may be able to put files there, or a secret could be somebody else's trap.
void check_folder(const fs::path& folder) {
    struct stat about {};

    if (::stat(folder.c_str(), &about) != 0) {
        return;  // what is not there is told by the open
    }
    if (about.st_uid != ::geteuid()) {
        refuse_open_door(folder, "it belongs to somebody else",
                         "see whose it is: ls -ld " + shell_word(folder.native()));
    }
    if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        refuse_open_door(folder, "others may write in it",
                         "take that away: chmod 700 " + shell_word(folder.native()));
    }
}

void check_file(const fs::path& path, const struct stat& about) {
    const std::string word = shell_word(path.native());
    if (!S_ISREG(about.st_mode)) {
        refuse_open_door(path, "it is no file", "see what it is: ls -l " + word);
    }
    if (about.st_uid != ::geteuid()) {
        refuse_open_door(path, "it belongs to somebody else", "see whose it is: ls -l " + word);
    }
    if (about.st_nlink != 1) {
        refuse_open_door(path, "it has a second name", "see which: find / -xdev -samefile " + word);
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        refuse_open_door(path, "others may open it", "take that away: chmod 600 " + word);
    }
}

/// Empty if it cannot be read: then no login has been chosen.
std::string named_in(const fs::path& path) {
    try {
        return std::string{trim(read_file(path, longest_account_name + 1))};
    } catch (const Error&) {
        return {};
    }
}

}  // namespace

std::optional<std::string> read_record(const fs::path& folder, const std::string& name) {
    if (!is_account_name(name)) {
        return std::nullopt;
    }
    check_folder(folder);
    const fs::path path = record_path(folder, name);
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        if (errno == ELOOP) {
            refuse_open_door(path, "it is a link",
                             "see where it leads: ls -l " + shell_word(path.native()));
        }
        throw system_error(fmt::format("read {}", shown_path(path)), errno);
    }

    struct stat about {};

    if (::fstat(fd.get(), &about) != 0) {
        throw system_error(fmt::format("read {}", shown_path(path)), errno);
    }
    check_file(path, about);
    return read_all(fd.get(), longest_record);
}

std::vector<std::string> account_names(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string file = entry.path().filename().native();
        const std::string name = file.substr(0, file.size() - std::min(file.size(), ending.size()));
        if (file.ends_with(ending) && is_account_name(name)) {
            names.push_back(name);
        }
    }
    std::ranges::sort(names);
    return names;
}

std::vector<Account> list_accounts(const fs::path& folder) {
    std::vector<Account> accounts;
    for (const std::string& name : account_names(folder)) {
        try {
            if (auto account = read_account(folder, name)) {
                accounts.push_back(std::move(*account));
            }
        } catch (const Error&) {
            continue;  // `auth status` names it when it is asked for
        }
    }
    return accounts;
}

std::optional<std::string> current_account(const fs::path& folder) {
    std::error_code ignored;
    if (fs::is_regular_file(fs::symlink_status(folder / current_file, ignored))) {
        const std::string name = named_in(folder / current_file);
        if (is_account_name(name) &&
            fs::exists(fs::symlink_status(record_path(folder, name), ignored))) {
            return name;
        }
    }
    const std::vector<Account> all = list_accounts(folder);
    return all.size() == 1 ? std::optional{all.front().name} : std::nullopt;
}

}  // namespace batch::auth
