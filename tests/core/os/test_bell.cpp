#include "core/base/error.hpp"
#include "core/os/bell.hpp"
#include "core/os/file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace batch;
using batch::testing::TempFolder;

TEST_CASE("a ring arrives with its text", "[os][bell]") {
    const TempFolder folder;
    BellSocket bell = BellSocket::bind(folder / "bell");
    CHECK(bell.drain().empty());
    CHECK(ring(folder / "bell", "one") == Rung::rung);
    CHECK(ring(folder / "bell", "") == Rung::rung);
    CHECK(bell.drain() == std::vector<std::string>{"one", ""});
    CHECK(bell.drain().empty());
}

TEST_CASE("nobody hears a bell that is not there, or left behind", "[os][bell]") {
    const TempFolder folder;
    CHECK(ring(folder / "bell", "x") == Rung::nobody);
    CHECK(ring(folder / "no/such/folder/bell", "x") == Rung::nobody);
    {
        const BellSocket bell = BellSocket::bind(folder / "bell");
        std::filesystem::create_hard_link(folder / "bell", folder / "left");
    }
    CHECK_FALSE(std::filesystem::exists(folder / "bell"));
    CHECK(ring(folder / "left", "x") == Rung::nobody);
    BellSocket again = BellSocket::bind(folder / "left");
    CHECK(ring(folder / "left", "x") == Rung::rung);
}

TEST_CASE("a full bell counts as rung and never blocks", "[os][bell]") {
    const TempFolder folder;
    BellSocket bell = BellSocket::bind(folder / "bell");
    for (int i = 0; i < 2000; ++i) {
        REQUIRE(ring(folder / "bell", "x") == Rung::rung);
    }
    CHECK_FALSE(bell.drain().empty());
}

TEST_CASE("a bell belongs to its owner only, and may lie deep", "[os][bell]") {
    const TempFolder folder;
    std::filesystem::path deep = folder.path();
    while (deep.native().size() < 400) {
        deep /= "a folder with a long name";
    }
    ensure_dir(deep);
    BellSocket bell = BellSocket::bind(deep / "state.db.bell");

    struct stat about {};

    REQUIRE(::stat((deep / "state.db.bell").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0600);
    CHECK(ring(deep / "state.db.bell", "x") == Rung::rung);
    CHECK(bell.drain().size() == 1);
}

TEST_CASE("a bell in a folder that is not there is an error", "[os][bell]") {
    CHECK_THROWS_AS(BellSocket::bind("/nonexistent/bell"), Error);
}
