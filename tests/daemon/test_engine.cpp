#include "daemon/engine.hpp"
#include "tests/daemon/workbench.hpp"
#include "tests/support/printing.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>

namespace batch {
namespace {

const Step echo{.plugin = "echo"};

TEST_CASE("every row comes out of a plugin, in order and once", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({echo}, numbered(3000));
    bench.work_off();

    const Batch batch = bench.batch(id);
    CHECK(batch.status == BatchStatus::done);
    CHECK(batch.counts == Counts{.total = 3000, .done = 3000});
    const auto items = bench.items(id);
    REQUIRE(items.size() == 3000);
    for (const Item& item : items) {
        REQUIRE(item.status == ItemStatus::done);
        REQUIRE(item.attempts == 1);
        REQUIRE(item.output == R"({"value":)" + item.payload + "}");
    }
}

TEST_CASE("a command's placeholders are filled from each row", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({shell(R"(echo "got $1")", {"{n}"})}, numbered(20));
    bench.work_off();
    const auto items = bench.items(id);
    REQUIRE(items.size() == 20);
    CHECK(items.at(7).output.find("got 7") != std::string::npos);
    CHECK(bench.batch(id).status == BatchStatus::done);
}

TEST_CASE("a failing item is tried again, and the others are not held up", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({shell("[ $1 != 3 ] || exit 7", {"{n}"})}, numbered(10));
    bench.work_off();
    const Batch batch = bench.batch(id);
    CHECK(batch.status == BatchStatus::failed);
    CHECK(batch.counts == Counts{.total = 10, .done = 9, .failed = 1});
    const Item item = bench.items(id).at(3);
    CHECK(item.attempts == 3);
    REQUIRE(item.error);
    CHECK(item.error->code == "exit_7");
    REQUIRE(batch.failures.size() == 1);
    CHECK(batch.failures.at(0).items == std::vector<ItemIndex>{3});
}

TEST_CASE("an item that succeeds at its second try is done", "[daemon][engine]") {
    Workbench bench;
    const std::string marker = bench.root() / "marker";
    const std::string id = bench.submit(
        {shell("[ -e '" + marker + "' ] || { : >'" + marker + "'; exit 1; }")}, numbered(1));
    bench.work_off();
    CHECK(bench.batch(id).status == BatchStatus::done);
    CHECK(bench.items(id).at(0).attempts == 2);
}

TEST_CASE("exit 65 is permanent and is not tried again", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({shell("exit 65")}, numbered(1));
    bench.work_off();
    CHECK(bench.items(id).at(0).attempts == 1);
    CHECK(bench.batch(id).status == BatchStatus::failed);
}

TEST_CASE("exit 78 pauses the batch and burns no attempt", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({shell("echo 'no licence' >&2; exit 78")}, numbered(50));
    bench.work_off();
    const Batch batch = bench.batch(id);
    REQUIRE(batch.paused);
    CHECK(batch.paused->code == "config");
    CHECK(batch.counts.pending == 50);
    CHECK(bench.items(id).at(0).attempts == 0);
}

TEST_CASE("an item that takes too long is killed with all it started", "[daemon][engine]") {
    Workbench bench;
    const std::string pid_file = bench.root() / "pid";
    const std::string id = bench.submit(
        {shell("[ $1 != 1 ] || { sleep 60 & echo $! >'" + pid_file + "'; wait; }", {"{n}"})},
        numbered(4), [](NewBatch& batch) {
            batch.plan.retry.retries = 0;
            batch.plan.retry.item_timeout = Millis(400);
        });
    bench.work_off();
    const Batch batch = bench.batch(id);
    CHECK(batch.counts == Counts{.total = 4, .done = 3, .failed = 1});
    REQUIRE(bench.items(id).at(1).error);
    CHECK(bench.items(id).at(1).error->code == "timeout");
    pid_t pid = 0;
    std::ifstream(pid_file) >> pid;
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a command that kills its worker twice is poison", "[daemon][engine]") {
    Workbench bench;
    const std::string id =
        bench.submit({shell("[ $1 != 1 ] || kill -9 $PPID", {"{n}"})}, numbered(4));
    bench.work_off();
    const Batch batch = bench.batch(id);
    CHECK(batch.counts == Counts{.total = 4, .done = 3, .failed = 1});
    REQUIRE(bench.items(id).at(1).error);
    CHECK(bench.items(id).at(1).error->code == "poison");
}

TEST_CASE("a plugin that is not installed pauses the batch with the reason", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({{.plugin = "nosuch"}}, numbered(3));
    bench.work_off();
    const Batch batch = bench.batch(id);
    REQUIRE(batch.paused);
    CHECK(batch.paused->message.find("nosuch") != std::string::npos);
}

TEST_CASE("what one step makes is the next one's input", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({shell("echo made >\"$BATCH_OUTPUT_DIR/a.txt\""),
                                         shell("cat \"$1\"; echo again", {"{@file}"})},
                                        numbered(3));
    bench.work_off();
    REQUIRE(bench.batch(id).status == BatchStatus::done);
    CHECK(bench.items(id).at(2).output.find("made\\nagain") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(bench.root() / "outputs" / id));
}

TEST_CASE("files that a command leaves are kept beside the state file", "[daemon][engine]") {
    Workbench bench;
    const std::string id =
        bench.submit({shell("echo hi >\"$BATCH_OUTPUT_DIR/x.txt\"")}, numbered(2));
    bench.work_off();
    CHECK(std::filesystem::exists(bench.root() / "outputs" / id / "1" / "00.txt"));
}

TEST_CASE("a step whose files cannot be taken has its input at the next try", "[daemon][engine]") {
    Workbench bench;
    bench.config.settings.outputs.max_size = 1000;
    const std::string marker = bench.root() / "marker";
    const std::string id = bench.submit(
        {shell("echo a >\"$BATCH_OUTPUT_DIR/a.txt\""),
         shell("[ -e '" + marker + "' ] || { : >'" + marker +
                   "'; head -c 2000 /dev/zero >\"$BATCH_OUTPUT_DIR/b\"; exit; }; cat \"$1\"",
               {"{@file}"})},
        numbered(1));
    bench.work_off();
    REQUIRE(bench.batch(id).status == BatchStatus::failed);
    bench.store().steering().retry(bench.batch(id).no, {});
    bench.work_off();
    CHECK(bench.items(id).at(0).output.find("\"text\":\"a\"") != std::string::npos);
}

TEST_CASE("files that a later step has replaced are not kept", "[daemon][engine]") {
    Workbench bench;
    const std::string marker = bench.root() / "marker";
    const std::string id =
        bench.submit({shell("echo a >\"$BATCH_OUTPUT_DIR/a.txt\""),
                      shell("[ -e '" + marker + "' ] || { : >'" + marker +
                            "'; exit 1; }; echo b >\"$BATCH_OUTPUT_DIR/b.pdf\"")},
                     numbered(1));
    bench.work_off();
    CHECK(bench.items(id).at(0).attempts == 2);
    const auto folder = bench.root() / "outputs" / id / "0";
    CHECK(std::filesystem::exists(folder / "00.pdf"));
    CHECK_FALSE(std::filesystem::exists(folder / "1-00.txt"));
}

TEST_CASE("a file that is delivered at a later try is not kept either", "[daemon][engine]") {
    Workbench bench;
    const auto cards = bench.root() / "cards";
    std::filesystem::create_directory(cards);
    std::ofstream(cards / "0.txt") << "in the way";
    const std::string id =
        bench.submit({shell("echo a >\"$BATCH_OUTPUT_DIR/a.txt\""),
                      {.plugin = "file",
                       .options = R"({"dir":")" + cards.string() + R"(","on_collision":"error"})"}},
                     numbered(1));
    bench.work_off();
    REQUIRE(bench.batch(id).status == BatchStatus::failed);
    const auto folder = bench.root() / "outputs" / id;
    CHECK(std::filesystem::exists(folder / "0/1-00.txt"));

    std::filesystem::remove(cards / "0.txt");
    bench.store().steering().retry(bench.batch(id).no, {});
    bench.work_off();
    CHECK(bench.batch(id).status == BatchStatus::done);
    CHECK(std::filesystem::exists(cards / "0.txt"));
    CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("what a command writes to standard error is the item's log", "[daemon][engine]") {
    Workbench bench;
    const std::string id = bench.submit({shell("echo careful >&2")}, numbered(1));
    bench.work_off();
    const auto logs = bench.logs(id);
    REQUIRE(logs.size() == 1);
    CHECK(logs.at(0).stream == "err");
    CHECK(logs.at(0).text.find("careful") != std::string::npos);
}

TEST_CASE("a log is cut between characters", "[daemon][engine]") {
    Workbench bench;
    bench.config.settings.items.log_size = 4;
    const std::string id = bench.submit({shell("printf 'aaa\\303\\244' >&2")}, numbered(1));
    bench.work_off();
    REQUIRE(bench.logs(id).size() == 1);
    CHECK(bench.logs(id).at(0).text == "aaa");
    CHECK(bench.logs(id).at(0).cut_bytes == 2);
}

TEST_CASE("batches share the slots, and a small one need not wait for a big one",
          "[daemon][engine]") {
    Workbench bench;
    const std::string big = bench.submit({shell("sleep 0.01")}, numbered(120));
    const std::string small = bench.submit({shell("sleep 0.01")}, numbered(4));
    bench.work_off();
    CHECK(bench.batch(big).counts.done == 120);
    CHECK(bench.batch(small).counts.done == 4);
    const TimePoint end = *bench.batch(small).finished_at;
    const std::vector<Item> items = bench.items(big);
    const auto before =
        std::ranges::count_if(items, [end](const Item& item) { return *item.finished_at < end; });
    CHECK(before < 20);  // one slot each: about as many of one as of the other
}

TEST_CASE("a batch of a higher priority goes before all others", "[daemon][engine]") {
    Workbench bench;
    const auto submit = [&bench](Priority priority) {
        return bench.submit({shell("sleep 0.01")}, numbered(20),
                            [priority](NewBatch& batch) { batch.priority = priority; });
    };
    const std::string low = submit(Priority::low);
    const std::string normal = submit(Priority::normal);
    const std::string high = submit(Priority::high);
    bench.work_off();
    const auto first_of = [&bench](const std::string& id) { return *bench.batch(id).started_at; };
    const auto end_of = [&bench](const std::string& id) { return *bench.batch(id).finished_at; };
    CHECK(first_of(high) <= first_of(normal));
    CHECK(end_of(high) < end_of(normal));
    CHECK(end_of(normal) < end_of(low));
    // Nothing of a lower one ends before the last of a higher one has begun.
    const auto earliest_end = [&bench](const std::string& id) {
        TimePoint earliest = TimePoint::max();
        for (const Item& item : bench.items(id)) {
            earliest = std::min(earliest, *item.finished_at);
        }
        return earliest;
    };
    CHECK(earliest_end(normal) + Millis{50} > end_of(high));
    CHECK(earliest_end(low) + Millis{50} > end_of(normal));
}

TEST_CASE("more batches than slots take turns", "[daemon][engine]") {
    Workbench bench;
    std::vector<std::string> ids;
    for (int i = 0; i < 6; ++i) {
        ids.push_back(bench.submit({shell("sleep 0.01")}, numbered(10)));
    }
    bench.work_off();
    const Batch first = bench.batch(ids.front());
    for (const std::string& id : ids) {
        CHECK(*bench.items(id).at(0).finished_at < *first.finished_at);
    }
}

}  // namespace
}  // namespace batch
