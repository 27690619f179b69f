#include "core/os/file.hpp"
#include "core/queue/queue.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using batch::testing::TempFolder;

namespace {

bool publish(const std::filesystem::path& state) {
    const QueuePlace place{.paths = {state}};
    return queue_backend("local:").publisher(place)->publish({"0e4c2a11", 1}).confirmed;
}

}  // namespace

TEST_CASE("what is stored is confirmed, whoever hears it now", "[queue][local]") {
    const TempFolder folder;
    CHECK(publish(folder / "state.db"));
    const QueuePlace place{.paths = {folder / "state.db"}};
    const auto consumer = queue_backend("local:").consumer(place, 1);
    CHECK(publish(folder / "state.db"));
    const auto heard = consumer->take().received;
    REQUIRE(heard.size() == 1);
    CHECK(heard.front().bell.batch_id == "0e4c2a11");
}

TEST_CASE("a bell that cannot be rung is no error", "[queue][local]") {
    const TempFolder folder;
    atomic_write(folder / "file", "");
    CHECK_FALSE(publish(folder / "file/state.db"));
}
