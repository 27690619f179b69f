#include "cli/auth_commands.hpp"
#include "core/base/error.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <filesystem>

#include <unistd.h>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

/// Beside the plugins: in the build tree, or where we are installed.
fs::path find_batchctl_auth() {
    std::error_code ignored;
    const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const char* const place : {"libexec/batch", "../libexec/batch"}) {
        fs::path path = (folder / place / "batchctl-auth").lexically_normal();
        if (fs::exists(path, ignored)) {
            return path;
        }
    }
    throw Error(ErrorKind::not_found, "there is no batchctl-auth beside batchctl",
                "it belongs to the same package: apt install batchctl");
}

}  // namespace

void become_auth(const std::vector<std::string>& words) {
    const fs::path program = find_batchctl_auth();
    std::vector<std::string> all{"batchctl"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : all) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    throw system_error("start " + program.native(), errno);
}

}  // namespace batch::cli
