#include "core/os/fd.hpp"
#include "core/os/file.hpp"
#include "daemon/work_dirs.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>

using namespace batch;
using batch::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

const std::string batch_id = "019b0d4a-7c1e-7f3a-9d42-3f8e5b5d91d2";

Execution execution(std::int64_t index, std::size_t step = 0) {
    Execution result;
    result.item.id = ItemId::of(1, static_cast<ItemIndex>(index));
    result.claim = 7;
    result.step = step;
    return result;
}

}  // namespace

TEST_CASE("who still knows the folder of an item that is over does not reach another's",
          "[daemon][work_dirs]") {
    const TempFolder folder;
    WorkDirs dirs(folder.path());
    Execution first = execution(0);
    const fs::path before = dirs.make(first, batch_id);
    const Fd held(::open(before.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    dirs.release(first);

    Execution second = execution(1);
    const fs::path after = dirs.make(second, batch_id);
    CHECK(after.filename() == "1.7.0");
    const Fd late(::openat(held.get(), "late", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    CHECK_FALSE(late);
    CHECK(fs::is_empty(after));
}

TEST_CASE("what an item leaves in its directory goes with it", "[daemon][work_dirs]") {
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
    dirs.release(first);
    CHECK_FALSE(fs::exists(dir));
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

    dirs.release(item);
    dirs.close(batch_id);
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a batch that is closed leaves what was kept", "[daemon][work_dirs]") {
    const TempFolder folder;
    WorkDirs dirs(folder.path());
    Execution item = execution(0);
    dirs.make(item, batch_id);
    ensure_dir(folder.path() / batch_id / "0");
    dirs.release(item);
    dirs.close(batch_id);
    CHECK(fs::exists(folder.path() / batch_id / "0"));
    CHECK_FALSE(fs::exists(folder.path() / batch_id / ".work"));
}
