#include "core/base/error.hpp"
#include "core/store/sqlite/opening.hpp"
#include "core/store/sqlite/sqlite_store.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace batch::testing {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat info {};

    REQUIRE(stat(path.c_str(), &info) == 0);
    return info.st_mode & 0777;
}

void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path) << text;
}

std::string failure_to_open(const std::filesystem::path& path) {
    try {
        sqlite::open_file(path, OpenMode::read_or_create);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::state);
        CHECK_FALSE(error.hint().empty());
        return error.what();
    }
    return "opened";
}

TEST_CASE("a new state is private", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state" / "batch" / "state.db";
    const auto store = open_store(path, OpenMode::read_or_create);
    submit(*store, 1);
    CHECK(mode_of(path.parent_path()) == 0700);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.string() + "-wal") == 0600);
}

TEST_CASE("the connection is set as the protocol wants it", "[store]") {
    const TempFolder folder;
    const auto connection = sqlite::open_file(folder / "state.db", OpenMode::own);
    CHECK(connection->query("PRAGMA journal_mode").next_text() == "wal");
    CHECK(connection->query("PRAGMA synchronous").next_integer() == 2);
    CHECK(connection->query("PRAGMA wal_autocheckpoint").next_integer() == 0);
    CHECK(connection->query("PRAGMA cache_size").next_integer() == -1200);
    CHECK(connection->query("PRAGMA application_id").next_integer() == 0x62617463);
}

TEST_CASE("what is no state file is left as it is", "[store]") {
    const TempFolder folder;
    const auto text = folder / "notes.txt";
    write(text, std::string(5'000, 'x'));
    CHECK(failure_to_open(text) == text.string() + " is not a state file of batch");
    CHECK(std::filesystem::file_size(text) == 5'000);

    const auto foreign = folder / "foreign.db";
    SQLite::Database(foreign.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE theirs(x)");
    CHECK(failure_to_open(foreign) == foreign.string() + " is not a state file of batch");
}

TEST_CASE("a folder in place of the file is said", "[store]") {
    const TempFolder folder;
    CHECK_THAT(failure_to_open(folder.path()), Catch::Contains("is a directory"));
}

TEST_CASE("a folder that may not be written is said", "[store]") {
    if (geteuid() == 0) {
        WARN("not run: root may write everywhere");
        return;
    }
    const TempFolder folder;
    chmod(folder.path().c_str(), 0500);
    CHECK_THAT(failure_to_open(folder / "state.db"), Catch::Contains("permission denied"));
    chmod(folder.path().c_str(), 0700);
}

TEST_CASE("network file systems are known by their numbers", "[store]") {
    CHECK(sqlite::network_file_system(0x6969) == std::string("NFS"));
    CHECK(sqlite::network_file_system(0xfe534d42) == std::string("SMB2"));
    CHECK(sqlite::network_file_system(0xef53) == std::string());
}

TEST_CASE("programs that make the same state at once get one", "[store]") {
    for (int round = 0; round < 5; ++round) {
        const TempFolder folder;
        std::vector<std::string> ids(4);
        {
            std::vector<std::jthread> programs;
            for (std::string& id : ids) {
                programs.emplace_back([&id, path = folder / "state.db"] {
                    try {
                        id = open_store(path, OpenMode::read_or_create)->state_id();
                    } catch (const Error& error) {
                        id = error.what();
                    }
                });
            }
        }
        for (const std::string& id : ids) {
            CHECK(id == ids.front());
            CHECK(id.size() == 8);
        }
    }
}

}  // namespace
}  // namespace batch::testing
