#include "core/os/file.hpp"
#include "core/queue/standing.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace batch;
using batch::testing::TempFolder;

TEST_CASE("how batchd stands is known while it lives", "[queue]") {
    const TempFolder folder;
    const StatePaths paths{folder / "state.db"};
    CHECK_FALSE(standing_of(paths));
    {
        StandingNote note(paths);
        CHECK_FALSE(standing_of(paths));
        note.write({.failure = "RabbitMQ at db1:5672 cannot be reached: connection refused",
                    .unacknowledged = 0});
        CHECK(standing_of(paths)->failure.starts_with("RabbitMQ"));
        note.write({.failure = "", .unacknowledged = 3});
        CHECK(*standing_of(paths) == Standing{.failure = "", .unacknowledged = 3});
        CHECK(note.due() == BootTime::max());
    }
    CHECK_FALSE(std::filesystem::exists(paths.queue()));
}

TEST_CASE("what changes all the time is noted now and then", "[queue]") {
    const TempFolder folder;
    const StatePaths paths{folder / "state.db"};
    StandingNote note(paths);
    std::uint32_t sent = 0;
    while (note.due() == BootTime::max()) {
        note.write({.failure = "", .unacknowledged = ++sent});
    }
    CHECK(standing_of(paths)->unacknowledged < sent);
    while (BootClock::now() < note.due() && note.due() != BootTime::max()) {
        note.write({.failure = "", .unacknowledged = sent});
    }
    note.write({.failure = "", .unacknowledged = sent});
    CHECK(standing_of(paths)->unacknowledged == sent);
    CHECK(note.due() == BootTime::max());
    note.write({.failure = "", .unacknowledged = ++sent});
    note.write({.failure = "lost", .unacknowledged = 0});
    CHECK(standing_of(paths)->failure == "lost");
}

TEST_CASE("what a dead batchd has noted, or anybody else, is not believed", "[queue]") {
    const TempFolder folder;
    const StatePaths paths{folder / "state.db"};
    for (const char* const text :
         {"", "{", "[]", "7", R"({"pid":1})",
          R"({"pid":999999999,"start_time":1,"boot_id":"x","failure":"","unacknowledged":1})",
          R"({"pid":"1","start_time":1,"boot_id":"x","failure":"","unacknowledged":1})"}) {
        CAPTURE(text);
        atomic_write(paths.queue(), text);
        CHECK_FALSE(standing_of(paths));
    }
}

TEST_CASE("nobody waits for a pipe in place of the note", "[queue]") {
    const TempFolder folder;
    const StatePaths paths{folder / "state.db"};
    REQUIRE(::mkfifo(paths.queue().c_str(), private_file) == 0);
    CHECK_FALSE(standing_of(paths));
}
