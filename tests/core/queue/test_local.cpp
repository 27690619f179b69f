#include "core/os/file.hpp"
#include "core/queue/queue.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using batch::testing::TempFolder;

namespace {

Heard publish(const std::filesystem::path& state) {
    const StatePaths paths{state};
    return queue_backend("local:").publisher("local:", paths)->publish({"0e4c2a11", 1});
}

}  // namespace

TEST_CASE("what is stored is confirmed, whoever hears it now", "[queue][local]") {
    const TempFolder folder;
    const StatePaths paths{folder / "state.db"};
    CHECK(publish(folder / "state.db") == Heard::confirmed);
    const auto consumer = queue_backend("local:").consumer("local:", paths);
    CHECK(publish(folder / "state.db") == Heard::confirmed);
    const auto bells = consumer->take();
    REQUIRE(bells.size() == 1);
    CHECK(bells.front().batch_id == "0e4c2a11");
}

TEST_CASE("a bell that cannot be rung is no error", "[queue][local]") {
    const TempFolder folder;
    atomic_write(folder / "file", "");
    CHECK(publish(folder / "file/state.db") == Heard::unheard);
}
