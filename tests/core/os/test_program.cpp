#include "core/os/file.hpp"
#include "core/os/program.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using batch::testing::TempFolder;

TEST_CASE("programs are found as a shell finds them", "[os][child]") {
    const TempFolder folder;
    atomic_write(folder / "tool", "", 0600);
    ensure_dir(folder / "second");
    atomic_write(folder / "second/tool", "", 0700);
    const std::string path = folder.path().native() + ":" + (folder / "second").native();
    CHECK(find_program("tool", path) == folder / "second/tool");
    CHECK(find_program((folder / "second/tool").native(), "") == folder / "second/tool");
    CHECK_FALSE(find_program("second", path));  // a folder
    CHECK_FALSE(find_program("nothing", path));
    CHECK_FALSE(find_program("", path));
}
