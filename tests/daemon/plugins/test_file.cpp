#include "core/os/file.hpp"
#include "tests/daemon/plugins/plugin_process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace batch;
using namespace batch::testing;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// file with a folder of its own to deliver to.
class File {
public:
    explicit File(const std::string& on_collision = "error")
        : process{"file",
                  {{"dir", (folder / "cards").native()},
                   {"target", "./cards"},
                   {"on_collision", on_collision}}} {}

    void send(int id, const std::string& key, const json& input) {
        process.send({{"type", "item"}, {"id", id}, {"index", 0}, {"key", key}, {"input", input}});
    }

    /// Delivers a text for an item and returns the answer.
    json deliver(const std::string& key, const std::string& name, const std::string& text) {
        send(1, key, {{"text", text}, {"name", name}});
        return process.next();
    }

    /// Where it was delivered, below the folder.
    std::string place(const json& answer) {
        if (answer["type"] != "result") {
            return answer.value("code", "?") + " " + answer.value("class", "?");
        }
        const fs::path location = answer["deliveries"][0]["location"].get<std::string>();
        return location.lexically_relative(folder / "cards");
    }

    std::string content(const std::string& name) {
        return read_file(folder / "cards" / name, 10'000'000);
    }

    std::size_t count() {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{folder / "cards"}, {}));
    }

    TempFolder folder;
    PluginProcess process;
};

}  // namespace

TEST_CASE("a text is delivered under its name, in folders that are made", "[plugins][file]") {
    File file;
    const json answer = file.deliver("B/1", "7a/x y/J\u00fcrgen.html", "<p>");
    CHECK(answer["type"] == "result");
    CHECK(answer["deliveries"][0]["target"] == "./cards");
    CHECK(answer["deliveries"][0]["location"] ==
          (file.folder / "cards/7a/x y/J\u00fcrgen.html").native());
    CHECK(file.content("7a/x y/J\u00fcrgen.html") == "<p>");
    CHECK(file.count() == 1);
}

TEST_CASE("files are delivered as they are, many at once", "[plugins][file]") {
    File file;
    const std::string large(3'000'000, 'x');
    json files = json::array();
    for (int i = 0; i < 70; ++i) {
        const auto path = file.folder / ("made" + std::to_string(i));
        atomic_write(path, i == 50 ? large : std::to_string(i));
        files.push_back({{"path", path.native()}, {"name", "set/" + std::to_string(i)}});
    }
    file.send(1, "B/1", {{"files", files}, {"text", "not this"}});
    const json answer = file.process.next();
    REQUIRE(answer["deliveries"].size() == 70);
    CHECK(file.content("set/50") == large);
    CHECK(file.content("set/69") == "69");
    CHECK(fs::exists(file.folder / "made1"));  // the artifact is batchd's
}

TEST_CASE("a delivered file is the user's to read", "[plugins][file]") {
    File file;
    file.deliver("B/1", "a", "x");

    struct stat about {};

    REQUIRE(::stat((file.folder / "cards/a").c_str(), &about) == 0);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    CHECK((about.st_mode & 0777U) == (0666U & ~mask));
}

TEST_CASE("the name of one file is the output's, else its own", "[plugins][file]") {
    File file;
    atomic_write(file.folder / "page.pdf", "x");
    const std::string path = (file.folder / "page.pdf").native();
    file.send(1, "B/1", {{"name", "Ada.pdf"}, {"files", {{{"path", path}}}}});
    CHECK(file.place(file.process.next()) == "Ada.pdf");
    file.send(2, "B/2", {{"files", {{{"path", path}}}}});
    CHECK(file.place(file.process.next()) == "page.pdf");
}

TEST_CASE("a value is delivered as JSON, and nothing is an error", "[plugins][file]") {
    File file;
    file.send(1, "B/1", {{"name", "a.json"}, {"value", {{"n", 1}}}});
    CHECK(file.place(file.process.next()) == "a.json");
    CHECK(file.content("a.json") == "{\"n\":1}\n");
    file.send(2, "B/2", {{"name", "b"}});
    CHECK(file.process.next()["code"] == "nothing_to_deliver");
}

TEST_CASE("no name leads out of the folder", "[plugins][file]") {
    File file;
    const auto name = GENERATE("../x", "/etc/x", "a/../../x", "a//b", ".", "..", "a/", "a/./b");
    const json answer = file.deliver("B/1", name, "x");
    CHECK(answer["code"] == "bad_name");
    CHECK(answer["class"] == "permanent");
    CHECK_FALSE(fs::exists(file.folder / "x"));
}

TEST_CASE("a link in the folder does not lead out of it", "[plugins][file]") {
    File file;
    file.deliver("B/1", "first", "x");
    ensure_dir(file.folder / "outside");
    fs::create_directory_symlink(file.folder / "outside", file.folder / "cards/absolute");
    fs::create_directory_symlink("../outside", file.folder / "cards/relative");
    CHECK(file.place(file.deliver("B/2", "absolute/x", "x")) == "bad_name permanent");
    CHECK(file.place(file.deliver("B/3", "relative/x", "x")) == "bad_name permanent");
    CHECK(fs::is_empty(file.folder / "outside"));
}

TEST_CASE("a link in the place of a file is never written through", "[plugins][file]") {
    File file{"overwrite"};
    file.deliver("B/1", "first", "x");
    atomic_write(file.folder / "precious", "precious");
    fs::create_symlink(file.folder / "precious", file.folder / "cards/a");
    CHECK(file.place(file.deliver("B/2", "a", "new")) == "a");
    CHECK(read_file(file.folder / "precious", 100) == "precious");
    CHECK(fs::is_regular_file(fs::symlink_status(file.folder / "cards/a")));
}

TEST_CASE("error: a name that is taken fails the item, and nothing changes", "[plugins][file]") {
    File file;
    CHECK(file.place(file.deliver("B/1", "a", "one")) == "a");
    const json answer = file.deliver("B/2", "a", "two");
    CHECK(file.place(answer) == "file_exists permanent");
    CHECK(answer["message"] == "\"a\" is already in " + (file.folder / "cards").native() +
                                   ", delivered by another item of this batch");
    CHECK(file.content("a") == "one");
    CHECK(file.count() == 1);  // no temporary file either
}

TEST_CASE("an item may always replace what it delivered itself", "[plugins][file]") {
    const auto policy = GENERATE("error", "suffix", "overwrite");
    File file{policy};
    CHECK(file.place(file.deliver("B/1", "a.txt", "one")) == "a.txt");
    CHECK(file.place(file.deliver("B/1", "a.txt", "again")) == "a.txt");
    CHECK(file.content("a.txt") == "again");
    CHECK(file.count() == 1);
}

TEST_CASE("suffix: the next free number, and the item finds its own again", "[plugins][file]") {
    File file{"suffix"};
    CHECK(file.place(file.deliver("B/1", "d/a.b.txt", "1")) == "d/a.b.txt");
    CHECK(file.place(file.deliver("B/2", "d/a.b.txt", "2")) == "d/a.b (2).txt");
    CHECK(file.place(file.deliver("B/3", "d/a.b.txt", "3")) == "d/a.b (3).txt");
    CHECK(file.place(file.deliver("B/2", "d/a.b.txt", "2b")) == "d/a.b (2).txt");
    CHECK(file.content("d/a.b (2).txt") == "2b");
    CHECK(file.place(file.deliver("B/4", ".x", "")) == ".x");
    CHECK(file.place(file.deliver("B/5", ".x", "")) == ".x (2)");
    const std::string longest = std::string(251, 'x') + ".pdf";
    CHECK(file.place(file.deliver("B/6", longest, "")) == longest);
    CHECK(file.place(file.deliver("B/7", longest, "")) == std::string(247, 'x') + " (2).pdf");
}

TEST_CASE("overwrite: what was there before goes, what this batch made stays", "[plugins][file]") {
    File file{"overwrite"};
    ensure_dir(file.folder / "cards");
    atomic_write(file.folder / "cards/a", "by hand");
    CHECK(file.place(file.deliver("B/1", "a", "one")) == "a");
    CHECK(file.place(file.deliver("B/2", "a", "two")) == "file_exists permanent");
    CHECK(file.place(file.deliver("C/2", "a", "next batch")) == "a");
    CHECK(file.content("a") == "next batch");
}

TEST_CASE("whatever a name is, it is delivered below the folder or refused", "[plugins][file]") {
    const std::vector<std::string> pieces{"..",
                                          ".",
                                          "/",
                                          "\\",
                                          "a",
                                          "-rf",
                                          "CON",
                                          " ",
                                          "\n",
                                          "\t",
                                          ":",
                                          "\x1b[2J",
                                          "*",
                                          "~",
                                          "$(id)",
                                          "\u202e",
                                          "\u0928",
                                          "%00",
                                          std::string(1, '\0'),
                                          std::string(300, 'x')};
    std::mt19937 random{42};  // NOLINT(cert-msc51-cpp): the same names in every run
    std::uniform_int_distribution<std::size_t> one{0, pieces.size() - 1};
    File file{"overwrite"};
    file.deliver("B/0", "first", "x");
    int delivered = 0;
    for (int i = 0; i < 1000; ++i) {
        std::string name;
        for (std::size_t count = 1 + one(random) % 5; count > 0; --count) {
            name += pieces[one(random)];
        }
        const json answer = file.deliver("B/" + std::to_string(i), name, "x");
        if (answer["type"] == "error") {
            INFO(answer.dump());
            CHECK((answer["code"] == "bad_name" || answer["code"] == "file_exists"));
            continue;
        }
        ++delivered;
        const fs::path place = answer["deliveries"][0]["location"].get<std::string>();
        CHECK(fs::canonical(place).native().starts_with((file.folder / "cards/").native()));
    }
    CHECK(delivered > 100);
    std::size_t outside = 0;
    for (const auto& entry : fs::directory_iterator{file.folder.path()}) {
        outside += std::size_t{entry.path().filename() != "cards"};
    }
    CHECK(outside == 0);
}

TEST_CASE("what stands in the place of a file is never opened or written", "[plugins][file]") {
    const auto policy = GENERATE("error", "overwrite");
    File file{policy};
    file.deliver("B/1", "first", "x");
    atomic_write(file.folder / "precious", "precious");
    fs::create_hard_link(file.folder / "precious", file.folder / "cards/linked");
    REQUIRE(::mkfifo((file.folder / "cards/pipe").c_str(), 0600) == 0);  // opening it would wait
    const bool over = std::string{policy} == "overwrite";
    CHECK(file.place(file.deliver("B/2", "pipe", "x")) ==
          (over ? "pipe" : "file_exists permanent"));
    CHECK(file.place(file.deliver("B/3", "linked", "x")) ==
          (over ? "linked" : "file_exists permanent"));
    CHECK(read_file(file.folder / "precious", 100) == "precious");
}

TEST_CASE("the umask rules what is delivered", "[plugins][file]") {
    const mode_t mask = GENERATE(0U, 022U, 077U);
    const mode_t before = ::umask(mask);
    File file;
    ::umask(before);
    file.deliver("B/1", "folder/a", "x");
    const auto mode_of = [&](const char* name) {
        struct stat about {};

        REQUIRE(::stat((file.folder / name).c_str(), &about) == 0);
        return about.st_mode & 07777U;
    };
    CHECK(mode_of("cards") == (0777U & ~mask));
    CHECK(mode_of("cards/folder") == (0777U & ~mask));
    CHECK(mode_of("cards/folder/a") == (0666U & ~mask));
}

TEST_CASE("nobody ever sees a part of a file", "[plugins][file]") {
    File file{"overwrite"};
    const fs::path made = file.folder / "made";
    const std::size_t size = 4'000'000;
    std::atomic<bool> done = false;
    std::atomic<std::size_t> seen = 0;
    std::string wrong;
    std::jthread reader{[&] {
        const fs::path place = file.folder / "cards/a";
        while (!done) {
            std::ifstream in{place, std::ios::binary};
            std::string text{std::istreambuf_iterator<char>{in}, {}};
            seen += std::size_t{in.is_open()};
            const bool whole =
                !in.is_open() || (text.size() == size && text.front() == text.back());
            wrong = whole ? wrong : std::to_string(text.size()) + " bytes";
        }
    }};
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        atomic_write(made, std::string(size, letter));
        file.send(1, "B/1", {{"files", {{{"path", made.native()}, {"name", "a"}}}}});
        CHECK(file.place(file.process.next()) == "a");
    }
    CHECK(wait_until([&] { return seen > 0; }, std::chrono::seconds{30}));
    done = true;
    reader.join();
    CHECK(wrong.empty());
}

TEST_CASE("a folder in the place of a file is left alone", "[plugins][file]") {
    const auto policy = GENERATE("error", "overwrite");
    File file{policy};
    ensure_dir(file.folder / "cards/a/b");
    CHECK(file.place(file.deliver("B/1", "a", "x")) == "file_exists permanent");
    atomic_write(file.folder / "cards/f", "");
    CHECK(file.place(file.deliver("B/2", "f/x", "x")) == "file_exists permanent");
}

TEST_CASE("a folder that was removed meanwhile is made again", "[plugins][file]") {
    File file;
    file.deliver("B/1", "a", "x");
    fs::remove_all(file.folder / "cards");
    CHECK(file.place(file.deliver("B/2", "a", "y")) == "a");
    CHECK(file.content("a") == "y");
}

TEST_CASE("a file that is gone can be tried again", "[plugins][file]") {
    File file;
    file.send(1, "B/1", {{"files", {{{"path", "/no/such/file"}, {"name", "a"}}}}});
    const json answer = file.process.next();
    CHECK(answer["class"] == "retryable");
    CHECK(file.count() == 0);
}

TEST_CASE("a disk that takes no more is tried again, and nothing stays", "[plugins][file]") {
    File file;
    // No disk is filled for a test: a limit on the size of files fails the same call.
    const rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    REQUIRE(::prlimit(file.process.wire().child().pid(), RLIMIT_FSIZE, &limit, nullptr) == 0);
    CHECK(file.deliver("B/1", "a", std::string(5000, 'x'))["class"] == "retryable");
    CHECK(file.count() == 0);
    CHECK(file.place(file.deliver("B/2", "b", "small")) == "b");
}

TEST_CASE("items that arrive together are each answered for themselves", "[plugins][file]") {
    File file;
    std::string frames;
    for (int id = 1; id <= 17; ++id) {
        frames +=
            json{{"type", "item"},
                 {"id", id},
                 {"key", "B/" + std::to_string(id)},
                 {"input", {{"text", "x"}, {"name", id % 2 == 0 ? "same" : std::to_string(id)}}}}
                .dump() +
            "\n";
    }
    file.process.send_raw(frames);
    int done = 0;
    for (int i = 0; i < 17; ++i) {
        done += file.process.next()["type"] == "result" ? 1 : 0;
    }
    CHECK(done == 10);
    CHECK(file.count() == 10);
}

TEST_CASE("options of an item replace the step's", "[plugins][file]") {
    File file;
    file.process.send({{"type", "item"},
                       {"id", 1},
                       {"key", "B/1"},
                       {"input", {{"text", "x"}, {"name", "a"}}},
                       {"options", {{"dir", (file.folder / "other").native()}}}});
    CHECK(file.process.next()["deliveries"][0]["location"] == (file.folder / "other/a").native());
}

TEST_CASE("without a folder the plugin cannot work", "[plugins][file]") {
    PluginProcess file{"file", json::object()};
    CHECK(file.ready()["class"] == "config");
    CHECK(file.wire().wait_exit(BootClock::now() + std::chrono::seconds{5}) ==
          Exit{.code = 78, .signal = 0});
}
