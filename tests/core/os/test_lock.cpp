#include "core/os/child.hpp"
#include "core/os/file.hpp"
#include "core/os/lock.hpp"
#include "core/os/process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace batch;
using namespace std::chrono_literals;
using batch::testing::TempFolder;
using batch::testing::wait_until;

TEST_CASE("one holder at a time, and everybody can see who", "[os][lock]") {
    const TempFolder folder;
    const auto path = folder / "state.db.lock";
    CHECK_FALSE(holder_of(path));
    {
        const auto lock = FileLock::try_lock(path, "batchd");
        REQUIRE(lock);
        CHECK_FALSE(FileLock::try_lock(path, "batchctl cancel"));
        const auto holder = holder_of(path);
        REQUIRE(holder);
        CHECK(holder->what_for == "batchd");
        CHECK(holder->version == BATCH_VERSION);
        CHECK(holder->pid == ::getpid());
        CHECK(holder->start_time == own_name().start_time);
        CHECK(holder->state == 'R');
    }
    CHECK_FALSE(holder_of(path));
    CHECK(FileLock::try_lock(path, "batchctl cancel"));
}

TEST_CASE("the file of a lock is private and stays", "[os][lock]") {
    const TempFolder folder;
    FileLock::try_lock(folder / "lock", "batchd");

    struct stat about {};

    REQUIRE(::stat((folder / "lock").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0600);
    CHECK(read_file(folder / "lock", 1000).empty());
}

TEST_CASE("a holder that died without a word holds nothing", "[os][lock]") {
    const TempFolder folder;
    const auto path = folder / "lock";
    const pid_t pid = ::fork();
    if (pid == 0) {
        const auto lock = FileLock::try_lock(path, "batchd");
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(pid, nullptr, 0);
    CHECK_FALSE(read_file(path, 1000).empty());
    CHECK_FALSE(holder_of(path));
    CHECK(FileLock::try_lock(path, "batchd"));
}

TEST_CASE("a stopped holder is seen as stopped", "[os][lock]") {
    const TempFolder folder;
    const auto path = folder / "lock";
    const pid_t pid = ::fork();
    if (pid == 0) {
        const auto lock = FileLock::try_lock(path, "batchd");
        ::kill(::getpid(), SIGSTOP);
        ::_exit(0);
    }
    CHECK(wait_until(
        [&] {
            const auto h = holder_of(path);
            return h && h->stopped();
        },
        5s));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

TEST_CASE("children do not keep the lock", "[os][lock]") {
    const TempFolder folder;
    std::optional<Child> child;
    {
        const auto lock = FileLock::try_lock(folder / "lock", "batchd");
        child = Child::spawn({.argv = {"sleep", "60"}});
    }
    CHECK(FileLock::try_lock(folder / "lock", "batchd"));
}

TEST_CASE("a lock file that was replaced while we waited for it is not ours", "[os][lock]") {
    const TempFolder folder;
    const auto path = folder / "lock";
    const auto first = FileLock::try_lock(path, "batchd");
    remove_tree(path);
    const auto second = FileLock::try_lock(path, "batchd");
    CHECK(second);
    CHECK(holder_of(path)->what_for == "batchd");
}

TEST_CASE("asking who holds a lock does not make anybody fail to take it", "[os][lock]") {
    const TempFolder folder;
    const auto path = folder / "lock";
    FileLock::try_lock(path, "batchd");
    std::atomic<bool> done{false};
    const auto ask = [&] {
        while (!done) {
            holder_of(path);
        }
    };
    std::jthread one{ask};
    std::jthread another{ask};
    int failed = 0;
    for (int i = 0; i < 2000; ++i) {
        failed += FileLock::try_lock(path, "batchd") ? 0 : 1;
    }
    done = true;
    CHECK(failed == 0);
}
