// What bad plugins do, and that it costs at most the item that asked for it.

#include "core/os/fd.hpp"
#include "core/os/process.hpp"
#include "tests/daemon/workbench.hpp"
#include "tests/support/printing.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <map>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>

namespace batch {
namespace {

const Step chaos{.plugin = "chaos"};
const Step chaos8{.plugin = "chaos8"};

std::string row(const std::string& members) {
    return "{" + members + "}";
}

std::string doing(const std::string& what, const std::string& more = "") {
    return row(R"("do":")" + what + "\"" + (more.empty() ? "" : "," + more));
}

void without_retries(NewBatch& batch) {
    batch.plan.retry.retries = 0;
}

void short_timeout(NewBatch& batch) {
    batch.plan.retry.retries = 0;
    batch.plan.retry.item_timeout = Millis(600);
}

struct Verdict {
    ItemStatus status = ItemStatus::pending;
    std::string code;
    std::string message;
    int attempts = 0;
};

/// What becomes of one such item with nine good ones around it, which must all be done.
Verdict one_of_ten(const std::string& bad, const Step& step = chaos,
                   const std::function<void(NewBatch&)>& change = without_retries) {
    Workbench bench;
    std::vector<std::string> rows(10, doing("ok"));
    rows[4] = bad;
    const std::string id = bench.submit({step}, rows, change);
    bench.work_off();
    const auto items = bench.items(id);
    for (const Item& item : items) {
        if (item.index != 4) {
            INFO(item.index);
            CHECK(item.status == ItemStatus::done);
            CHECK(item.attempts == 1);
        }
    }
    CHECK(bench.store().check().front().ok);
    const Item& item = items.at(4);
    const ItemError error = item.error.value_or(ItemError{});
    return {item.status, error.code, error.message, item.attempts};
}

rlim_t highest_descriptor() {
    rlim_t highest = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        highest = std::max<rlim_t>(highest, std::stoul(entry.path().filename()));
    }
    return highest;
}

/// Takes every free descriptor below the highest one, so that a limit above it is exact.
std::vector<Fd> no_gaps() {
    const rlim_t highest = highest_descriptor();
    std::vector<Fd> taken;
    for (;;) {
        Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (static_cast<rlim_t>(fd.get()) > highest) {
            return taken;
        }
        taken.push_back(std::move(fd));
    }
}

bool says(const Verdict& verdict, const std::string& words) {
    return verdict.message.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("an item whose worker dies twice has failed as poison, and tells how",
          "[daemon][chaos]") {
    const Verdict verdict = one_of_ten(doing("crash"));
    CHECK(verdict.status == ItemStatus::failed);
    CHECK(verdict.code == "poison");
    CHECK(says(verdict, "killed by SEGV"));
}

TEST_CASE("a plugin that leaves without an answer has not succeeded", "[daemon][chaos]") {
    const Verdict verdict = one_of_ten(doing("exit"));
    CHECK(verdict.code == "poison");
    CHECK(says(verdict, "exit code 0: I have had enough"));
}

TEST_CASE("a worker's death is not an attempt", "[daemon][chaos]") {
    Workbench bench;
    const std::string marker = bench.root() / "once";
    const std::string id =
        bench.submit({chaos}, {doing("crash", R"("once":")" + marker + "\"")}, without_retries);
    bench.work_off();
    CHECK(bench.items(id).at(0).status == ItemStatus::done);
    CHECK(bench.items(id).at(0).attempts == 1);
}

TEST_CASE("of several in hand only the one that kills is lost", "[daemon][chaos]") {
    const Verdict verdict = one_of_ten(doing("crash"), chaos8);
    CHECK(verdict.status == ItemStatus::failed);
    CHECK(verdict.code == "poison");
}

TEST_CASE("what hangs is ended, also if it hears no TERM", "[daemon][chaos]") {
    const auto* const what = GENERATE("hang", "deaf");
    const Verdict verdict = one_of_ten(doing(what), chaos, short_timeout);
    CHECK(verdict.status == ItemStatus::failed);
    CHECK(verdict.code == "timeout");
    CHECK(verdict.attempts == 1);
}

TEST_CASE("a process in a session of its own ends with the worker that started it",
          "[daemon][chaos]") {
    Workbench bench;
    const std::string pid_file = bench.root() / "pid";
    bench.submit({chaos}, {doing("spawn", R"("pid":")" + pid_file + "\"")}, short_timeout);
    bench.work_off();
    pid_t pid = 0;
    std::ifstream(pid_file) >> pid;
    REQUIRE(pid > 0);
    CHECK_FALSE(stat_of(pid));
}

TEST_CASE("what is no frame costs the worker, and tells what was said", "[daemon][chaos]") {
    const Verdict verdict = one_of_ten(doing("junk"));
    CHECK(verdict.code == "poison");
    CHECK(says(verdict, "sent no frame but: Loading model..."));
}

TEST_CASE("a frame that never ends, or is too long, is not taken in", "[daemon][chaos]") {
    const auto* const what = GENERATE("flood", "huge");
    const Verdict verdict = one_of_ten(doing(what));
    CHECK(verdict.code == "poison");
    CHECK(says(verdict, "more than 4 MiB"));
}

TEST_CASE("a flood of log does no harm", "[daemon][chaos]") {
    Workbench bench;
    const std::string id = bench.submit({chaos}, {doing("stderr")});
    bench.work_off();
    CHECK(bench.items(id).at(0).status == ItemStatus::done);
    std::size_t kept = 0;
    std::int64_t cut = 0;
    for (const LogLine& line : bench.logs(id)) {
        kept += line.text.size();
        cut += line.cut_bytes;
    }
    CHECK(kept <= bench.config.settings.items.log_size);
    CHECK(kept + static_cast<std::size_t>(cut) == 20 * 16 * 65536);
}

TEST_CASE("half a frame is no answer", "[daemon][chaos]") {
    CHECK(one_of_ten(doing("partial")).code == "poison");
}

TEST_CASE("a frame may come byte by byte", "[daemon][chaos]") {
    CHECK(one_of_ten(doing("split")).status == ItemStatus::done);
}

TEST_CASE("a frame that is not UTF-8 is none", "[daemon][chaos]") {
    const Verdict verdict = one_of_ten(doing("latin"));
    CHECK(verdict.code == "poison");
    CHECK(says(verdict, "sent no frame"));
}

TEST_CASE("control characters of a plugin are kept as they are", "[daemon][chaos]") {
    Workbench bench;
    const std::string id = bench.submit({chaos}, {doing("hostile")});
    bench.work_off();
    CHECK(bench.items(id).at(0).output.find(R"(\u001b]0;owned\u0007\u0000)") != std::string::npos);
}

TEST_CASE("answers that nobody asked for are ignored, and end the worker after three",
          "[daemon][chaos]") {
    Workbench bench;
    const std::string ledger = bench.root() / "ledger";
    std::vector<std::string> rows(6, doing("ok", R"("ledger":")" + ledger + "\""));
    rows[1] = doing("strange", R"("ledger":")" + ledger + "\"");
    bench.config.settings.workers.count = 1;
    const std::string id = bench.submit({chaos}, rows);
    bench.work_off();
    std::map<int, std::vector<pid_t>> pids;
    std::ifstream lines(ledger);
    int index = 0;
    int attempt = 0;
    for (pid_t pid = 0; lines >> index >> attempt >> pid;) {
        pids[index].push_back(pid);
    }
    CHECK(pids.at(0) != pids.at(5));
    for (const Item& item : bench.items(id)) {
        CHECK(item.output.find("not mine") == std::string::npos);
    }
}

TEST_CASE("the first answer to an item counts", "[daemon][chaos]") {
    CHECK(one_of_ten(doing("twice")).status == ItemStatus::done);
}

TEST_CASE("a plugin that closes its output and stays is not waited for", "[daemon][chaos]") {
    const Verdict verdict = one_of_ten(doing("mute"));
    CHECK(verdict.code == "poison");
    CHECK(says(verdict, "closed its standard output"));
}

TEST_CASE("a closed pipe does not keep batchd busy", "[daemon][chaos]") {
    const std::clock_t before = std::clock();
    CHECK(one_of_ten(doing("quiet")).status == ItemStatus::done);
    CHECK(std::clock() - before < CLOCKS_PER_SEC / 2);
}

TEST_CASE("too few descriptors hold a batch, and it goes on when there are enough",
          "[daemon][chaos]") {
    Workbench bench;
    const std::string id = bench.submit({chaos}, std::vector<std::string>(3, doing("ok")));
    const auto observer = open_store(bench.config.settings.state.path, OpenMode::read_or_create);
    const BatchNo no = bench.batch(id).no;
    const std::vector<Fd> taken = no_gaps();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    // The bell (two) and the signals are still to be opened; then there is no room for a worker's.
    few.rlim_cur = highest_descriptor() + 3 + 1;
    bool was_held = false;
    std::jthread mender([&](const std::stop_token& stop) {
        while (!stop.stop_requested() && !was_held) {
            was_held = observer->reading().batch(no)->backoff_until > TimePoint{};
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ::setrlimit(RLIMIT_NOFILE, &before);
    });
    ::setrlimit(RLIMIT_NOFILE, &few);
    bench.work_off();
    CHECK(bench.batch(id).status == BatchStatus::done);
    mender.request_stop();
    mender.join();
    CHECK(was_held);
    CHECK(bench.items(id).at(0).attempts == 1);
}

TEST_CASE("a folder that cannot be made holds a batch, and it goes on when it can be",
          "[daemon][chaos]") {
    Workbench bench;
    const auto outputs = bench.root() / "outputs";
    std::ofstream(outputs) << "in the way";
    const std::string id = bench.submit({shell("echo x")}, numbered(3), without_retries);
    const auto observer = open_store(bench.config.settings.state.path, OpenMode::read_or_create);
    const BatchNo no = bench.batch(id).no;
    std::jthread mender([&](const std::stop_token& stop) {
        while (!stop.stop_requested() &&
               observer->reading().batch(no)->backoff_until == TimePoint{}) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        std::filesystem::remove(outputs);
    });
    bench.work_off();
    CHECK(bench.batch(id).status == BatchStatus::done);
    CHECK(bench.items(id).at(0).attempts == 1);
}

}  // namespace batch
