#include "core/os/file.hpp"
#include "daemon/work_dirs.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace batch;
using batch::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

const std::string batch_id = "019b0d4a-7c1e-7f3a-9d42-3f8e5b5d91d2";

ino_t inode(const fs::path& path) {
    struct stat found {};

    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_ino;
}

Execution execution(std::int64_t index, std::size_t step = 0) {
    Execution result;
    result.item.id = ItemId::of(1, static_cast<ItemIndex>(index));
    result.claim = 7;
    result.step = step;
    return result;
}

}  // namespace

TEST_CASE("a work directory that is left empty is the next item's", "[daemon][work_dirs]") {
    const TempFolder folder;
    WorkDirs dirs(folder.path());
    Execution first = execution(0);
    const fs::path before = dirs.make(first, batch_id);
    const ino_t number = inode(before);
    dirs.release(first, batch_id);

    Execution second = execution(1);
    const fs::path after = dirs.make(second, batch_id);
    CHECK(after.filename() == "1.7.0");
    CHECK(inode(after) == number);
    CHECK_FALSE(fs::exists(before));
}

TEST_CASE("what an item leaves in its directory never reaches another", "[daemon][work_dirs]") {
    const TempFolder folder;
    WorkDirs dirs(folder.path());
    Execution first = execution(0);
    const fs::path dir = dirs.make(first, batch_id);
    SECTION("a file") {
        atomic_write(dir / "left", "secret");
    }
    SECTION("a folder") {
        ensure_dir(dir / "left");
    }
    SECTION("another mode") {
        fs::permissions(dir, fs::perms::owner_read | fs::perms::owner_exec);
    }
    dirs.release(first, batch_id);
    CHECK_FALSE(fs::exists(dir));

    Execution second = execution(1);
    const fs::path fresh = dirs.make(second, batch_id);
    CHECK(is_empty_dir(fresh, private_folder));
}

TEST_CASE("a step that is tried again begins with an empty directory", "[daemon][work_dirs]") {
    const TempFolder folder;
    WorkDirs dirs(folder.path());
    Execution again = execution(0, 1);
    atomic_write(dirs.make(again, batch_id) / "half", "");
    CHECK(fs::is_empty(dirs.make(again, batch_id)));
}

TEST_CASE("steps have directories of their own, all gone at the end", "[daemon][work_dirs]") {
    const TempFolder folder;
    WorkDirs dirs(folder.path());
    Execution item = execution(0);
    const fs::path first = dirs.make(item, batch_id);
    atomic_write(first / "made", "");
    item.step = 2;
    const fs::path third = dirs.make(item, batch_id);
    CHECK(fs::exists(first / "made"));
    CHECK(fs::is_empty(third));

    dirs.release(item, batch_id);
    dirs.close(batch_id);
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a batch that is closed leaves what was kept", "[daemon][work_dirs]") {
    const TempFolder folder;
    WorkDirs dirs(folder.path());
    Execution item = execution(0);
    dirs.make(item, batch_id);
    ensure_dir(folder.path() / batch_id / "0");
    dirs.release(item, batch_id);
    dirs.close(batch_id);
    CHECK(fs::exists(folder.path() / batch_id / "0"));
    CHECK_FALSE(fs::exists(folder.path() / batch_id / ".work"));
}
