#include "core/os/child.hpp"
#include "core/os/escaped.hpp"
#include "core/os/hand.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

using namespace batch;
using namespace std::chrono_literals;
using batch::testing::TempFolder;
using batch::testing::wait_until;

namespace {

void killed() {
    ::kill(::getpid(), SIGKILL);
}

// Does it in a process of its own, whose action ends with killed(): no destructor runs.
void and_die(const std::function<void()>& action) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        action();
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
}

Command marked(const std::string& script) {
    Command command{.argv = {"/bin/sh", "-c", script}};
    command.env = {"PATH=/usr/bin:/bin", "BATCH_WORKER=" + mark_of(own_name()) + ".1"};
    return command;
}

pid_t pid_in(const std::filesystem::path& path) {
    pid_t pid = 0;
    CHECK(wait_until(
        [&] {
            std::FILE* const file = std::fopen(path.c_str(), "re");
            const bool read = file != nullptr && std::fscanf(file, "%d\n", &pid) == 1;
            if (file != nullptr) {
                std::fclose(file);
            }
            return read;
        },
        20s));
    return pid;
}

bool is_gone(pid_t pid) {
    const auto stat = stat_of(pid);
    return !stat || stat->state == 'Z';
}

}  // namespace

TEST_CASE("what a process had in hand is known after kill -9", "[os][hand]") {
    const TempFolder folder;
    const auto path = folder / "state.db.hand";
    and_die([&path] {
        Hand hand(path);
        Hand::Room room = hand.reserve(10'000);
        room.note_worker({.pid = 17, .start_time = 99});
        const auto answered = room.note_item(5);
        for (std::int64_t id = 9'000; id > 1'000; --id) {
            room.note_item(id);
        }
        room.forget(answered);
        killed();
    });
    const auto notes = Hand::left_in(path);
    REQUIRE(notes);
    CHECK(notes->owner.boot_id == boot_id());
    REQUIRE(notes->workers.size() == 1);
    CHECK(notes->workers[0].pid == 17);
    CHECK(notes->workers[0].start_time == 99);
    CHECK(notes->items.size() == 8'000);
    CHECK(notes->items.front() == 1'001);
    CHECK(notes->items.back() == 9'000);
}

TEST_CASE("who leaves in order has nothing in hand", "[os][hand]") {
    const TempFolder folder;
    const auto path = folder / "state.db.hand";
    {
        Hand hand(path);
        hand.reserve(1).note_item(1);
    }
    CHECK_FALSE(Hand::left_in(path));
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a successor's notes are its own", "[os][hand]") {
    const TempFolder folder;
    const auto path = folder / "state.db.hand";
    {
        Hand stale(path);
        Hand hand(path);
        Hand::Room room = hand.reserve(1);
        room.note_item(2);
        stale.reserve(1).note_item(1);
        CHECK(Hand::left_in(path)->items == std::vector<std::int64_t>{2});
        const Hand third(path);
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the places of answered items are used again", "[os][hand]") {
    const TempFolder folder;
    Hand hand(folder / "state.db.hand");
    const auto size = std::filesystem::file_size(folder / "state.db.hand");
    Hand::Room room = hand.reserve(3);
    for (int i = 0; i < 100'000; ++i) {
        room.forget(room.note_item(i + 1));
    }
    CHECK(std::filesystem::file_size(folder / "state.db.hand") == size);
    CHECK(Hand::left_in(folder / "state.db.hand")->items.empty());
}

TEST_CASE("what a lost process had started is found and killed", "[os][hand]") {
    const TempFolder folder;
    const auto path = folder / "state.db.hand";
    const std::string deaf = "trap '' TERM HUP; ";
    and_die([&] {
        Hand hand(path);
        Hand::Room room = hand.reserve(1);
        // A worker that has wiped its environment is known by its note, a process that has left
        // its group by its mark.
        Command wiped = marked(deaf + "echo $$ >wiped; sleep 60 & echo $! >in_group; wait");
        wiped.env = {"PATH=/usr/bin:/bin"};
        wiped.directory = folder.path();
        Child first = Child::spawn(wiped);
        room.note_worker({.pid = first.pid(), .start_time = first.start_time()});
        Command escaping = marked("setsid sh -c '" +
                                  std::string("trap \"\" TERM HUP; echo $$ >escaped; "
                                              "env -i sleep 60 & echo $! >below; wait' & wait"));
        escaping.directory = folder.path();
        Child second = Child::spawn(escaping);
        for (const char* name : {"wiped", "in_group", "escaped", "below"}) {
            while (!std::filesystem::exists(folder / name) ||
                   std::filesystem::file_size(folder / name) == 0) {
                ::usleep(1'000);
            }
        }
        ::kill(::getpid(), SIGKILL);
    });
    Child stranger = Child::spawn(marked("sleep 60"));
    CHECK(kill_orphans(*Hand::left_in(path)) >= 4);
    for (const char* name : {"wiped", "in_group", "escaped", "below"}) {
        INFO(name);
        CHECK(is_gone(pid_in(folder / name)));
    }
    CHECK_FALSE(stranger.try_wait());
    CHECK(kill_orphans(*Hand::left_in(path)) == 0);
}
