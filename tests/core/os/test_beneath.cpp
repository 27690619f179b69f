#include "core/os/beneath.hpp"
#include "core/os/file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <filesystem>

#include <fcntl.h>

using namespace batch;
using batch::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

/// 0, or why it cannot be opened.
int opened(const TempFolder& folder, const fs::path& path, LinksInside links) {
    const Fd root{::open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    return open_beneath(root.get(), path, O_RDONLY | O_CLOEXEC, links) ? 0 : errno;
}

}  // namespace

TEST_CASE("what is below a folder is opened", "[os][beneath]") {
    const TempFolder folder;
    ensure_dir(folder / "a");
    atomic_write(folder / "a/b", "x");
    CHECK(opened(folder, "a/b", LinksInside::refuse) == 0);
    CHECK(opened(folder, "a/c", LinksInside::refuse) == ENOENT);
    CHECK(opened(folder, "../x", LinksInside::refuse) == EXDEV);
    CHECK(opened(folder, "/etc/passwd", LinksInside::follow) == EXDEV);
}

TEST_CASE("a link leads nowhere, or stays inside", "[os][beneath]") {
    const TempFolder folder;
    ensure_dir(folder / "a");
    atomic_write(folder / "a/b", "x");
    fs::create_symlink("a", folder / "inside");
    fs::create_symlink("/etc", folder / "outside");
    CHECK(opened(folder, "inside/b", LinksInside::follow) == 0);
    CHECK(opened(folder, "inside/b", LinksInside::refuse) == ELOOP);
    CHECK(opened(folder, "outside/passwd", LinksInside::follow) == EXDEV);
    CHECK(opened(folder, "outside/passwd", LinksInside::refuse) == ELOOP);
}
