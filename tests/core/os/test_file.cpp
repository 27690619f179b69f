#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace batch;
using batch::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& path) {
    struct stat about {};

    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777U;
}

}  // namespace

TEST_CASE("an atomic write replaces the content and leaves nothing beside it", "[os][file]") {
    const TempFolder folder;
    atomic_write(folder / "a", "one");
    atomic_write(folder / "a", "two");
    CHECK(read_file(folder / "a", 10) == "two");
    CHECK(mode_of(folder / "a") == private_file);
    CHECK(std::distance(fs::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("a failed atomic write says which file and leaves nothing", "[os][file]") {
    const TempFolder folder;
    fs::create_directory(folder / "a");  // cannot be replaced by a file
    CHECK_THROWS_WITH(atomic_write(folder / "a", "x"), Catch::Contains((folder / "a").native()));
    CHECK(std::distance(fs::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("a file that is not there is not found", "[os][file]") {
    try {
        read_file("/nonexistent/file", 1);
        FAIL("read a file that is not there");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::not_found);
        CHECK(std::string{error.what()} == "there is no file /nonexistent/file");
    }
}

TEST_CASE("folders are made with their parents, for the owner only", "[os][file]") {
    const TempFolder folder;
    const auto ensure = GENERATE(ensure_dir, ensure_dir_durably);
    ensure(folder / "a/b/c", private_folder);
    ensure(folder / "a/b/c", private_folder);
    CHECK(mode_of(folder / "a") == private_folder);
    CHECK(mode_of(folder / "a/b/c") == private_folder);
}

TEST_CASE("a file in the place of a folder is an error", "[os][file]") {
    const TempFolder folder;
    atomic_write(folder / "a", "");
    const auto ensure = GENERATE(ensure_dir, ensure_dir_durably);
    CHECK_THROWS_WITH(ensure(folder / "a", 0700), Catch::Contains("not a directory"));
    CHECK_THROWS_WITH(ensure(folder / "a/b", 0700), Catch::Contains("ot a directory"));
}

TEST_CASE("removing a tree does not follow links", "[os][file]") {
    const TempFolder folder;
    ensure_dir(folder / "kept");
    atomic_write(folder / "kept/file", "x");
    ensure_dir(folder / "gone/deep");
    fs::create_symlink(folder / "kept", folder / "gone/link");
    remove_tree(folder / "gone");
    remove_tree(folder / "gone");
    CHECK_FALSE(fs::exists(folder / "gone"));
    CHECK(fs::exists(folder / "kept/file"));
}

TEST_CASE("two may remove one tree at the same time", "[os][file]") {
    const TempFolder folder;
    for (int round = 0; round < 30; ++round) {
        for (int deep = 0; deep < 30; ++deep) {
            const fs::path each = folder / "tree" / std::to_string(deep) / "deep";
            ensure_dir(each);
            atomic_write(each / "file", "x");
        }
        auto other = std::async(std::launch::async, [&folder] { remove_tree(folder / "tree"); });
        CHECK_NOTHROW(remove_tree(folder / "tree"));
        CHECK_NOTHROW(other.get());
        CHECK_FALSE(fs::exists(folder / "tree"));
    }
}

TEST_CASE("the free space of a file system is known", "[os][file]") {
    CHECK(free_bytes("/tmp") > 0);
    CHECK_THROWS_AS(free_bytes("/nonexistent"), Error);
}
