#include "daemon/plugins/chromium/profile.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

using batch::chromium::Profile;
using batch::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

/// As after kill -9.
void leave_one() {
    const pid_t child = ::fork();
    if (child == 0) {
        const Profile profile;
        std::ofstream(profile.path() / "Cookies") << "x";
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
}

std::ptrdiff_t count(const fs::path& folder) {
    return std::distance(fs::directory_iterator(folder), {});
}

}  // namespace

TEST_CASE("folders of browsers whose owners were killed are removed", "[plugins][chromium]") {
    const TempFolder folder;
    const char* before = std::getenv("TMPDIR");
    ::setenv("TMPDIR", folder.path().c_str(), 1);
    leave_one();
    CHECK(count(folder.path()) == 1);
    std::optional<Profile> one(std::in_place);
    CHECK(count(folder.path()) == 1);
    {
        const Profile another;
        CHECK(fs::exists(one->path()));
        CHECK(count(folder.path()) == 2);
    }
    one.reset();
    CHECK(count(folder.path()) == 0);
    before != nullptr ? ::setenv("TMPDIR", before, 1) : ::unsetenv("TMPDIR");
}
