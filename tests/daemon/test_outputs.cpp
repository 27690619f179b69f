#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "daemon/outputs.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace batch;
using batch::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

/// An item of the batch "b" whose step has a directory, and where its files are kept.
struct StepItem {
    StepItem() {
        execution.item.id = ItemId::of(1, 0);
        execution.dirs = {folder / "b/.work/0.1.0"};
        ensure_dir(dir());
    }

    const fs::path& dir() const { return execution.dirs.front(); }

    void take(const std::string& path) {
        execution.made.artifacts.push_back(outputs.take(execution, path, "text/plain"));
    }

    std::string code_of_take(const std::string& path) {
        try {
            take(path);
            return {};
        } catch (const Error& error) {
            return std::string(error.code());
        }
    }

    std::string code_of_keep() {
        try {
            outputs.keep(execution, "b");
            return {};
        } catch (const Error& error) {
            return std::string(error.code());
        }
    }

    TempFolder folder;
    Outputs outputs{folder.path(), 1000};
    Execution execution;
};

}  // namespace

TEST_CASE("files of a step are kept in the item's folder, for the owner only",
          "[daemon][outputs]") {
    StepItem item;
    ensure_dir(item.dir() / "sub");
    atomic_write(item.dir() / "a", "one", 0644);
    atomic_write(item.dir() / "sub/b", "two", 0644);
    item.take("a");
    item.take((item.dir() / "sub/b").native());
    CHECK(item.code_of_keep().empty());
    CHECK(read_file(item.folder / "b/0/00.txt", 10) == "one");
    CHECK(read_file(item.folder / "b/0/01.txt", 10) == "two");
    CHECK(fs::status(item.folder / "b/0/01.txt").permissions() == fs::perms{private_file});
    CHECK(item.execution.made.artifacts.at(1).path == item.folder / "b/0/01.txt");
    CHECK(item.code_of_keep().empty());  // as after a carry: there is nothing to do
}

TEST_CASE("what a step was given is still there when its own file of that type is kept",
          "[daemon][outputs]") {
    StepItem item;
    atomic_write(item.dir() / "page", "given");
    item.take("page");
    item.execution.step = 1;
    item.outputs.keep_input(item.execution, "b");
    const fs::path given = item.execution.made.artifacts.at(0).path;
    CHECK(given == item.folder / "b/0/1-00.txt");

    item.execution.step = 0;
    atomic_write(item.dir() / "other", "made");
    item.execution.made.artifacts.clear();
    item.take("other");
    CHECK(item.code_of_keep().empty());
    CHECK(read_file(item.folder / "b/0/00.txt", 10) == "made");
    CHECK(read_file(given, 10) == "given");  // a batchd killed here needs it again
}

TEST_CASE("what is not in the step's directory is not taken", "[daemon][outputs]") {
    StepItem item;
    ensure_dir(item.folder / "secret");
    atomic_write(item.folder / "secret/file", "x");
    fs::create_symlink(item.folder / "secret", item.dir() / "link");
    fs::create_symlink(item.folder / "secret/file", item.dir() / "file");
    const auto* const path = GENERATE("link/file", "link", "file", "../../../secret/file",
                                      "/etc/passwd", "", ".", "nothing");
    CHECK(item.code_of_take(path) == "bad_artifact");
}

TEST_CASE("a directory that has become a link is not followed", "[daemon][outputs]") {
    StepItem item;
    ensure_dir(item.folder / "secret");
    atomic_write(item.folder / "secret/file", "x");
    remove_tree(item.dir());
    fs::create_symlink(item.folder / "secret", item.dir());
    CHECK(item.code_of_take("file") == "bad_artifact");
}

TEST_CASE("a file that was replaced after it was handed over is not kept", "[daemon][outputs]") {
    StepItem item;
    ensure_dir(item.folder / "secret");
    atomic_write(item.folder / "secret/file", "x");
    ensure_dir(item.dir() / "sub");
    atomic_write(item.dir() / "sub/file", "made");
    item.take("sub/file");
    SECTION("by a pipe") {
        fs::remove(item.dir() / "sub/file");
        REQUIRE(::mkfifo((item.dir() / "sub/file").c_str(), 0600) == 0);
    }
    SECTION("by a link") {
        fs::remove(item.dir() / "sub/file");
        fs::create_symlink(item.folder / "secret/file", item.dir() / "sub/file");
    }
    SECTION("by a link in the place of its folder") {
        remove_tree(item.dir() / "sub");
        fs::create_symlink(item.folder / "secret", item.dir() / "sub");
    }
    CHECK(item.code_of_keep() == "bad_artifact");
    CHECK(fs::exists(item.folder / "secret/file"));
    CHECK_FALSE(fs::exists(item.folder / "b/0/00.txt"));
}
