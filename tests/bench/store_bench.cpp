// What the store costs per item: submit, then claim and finish with one commit per 1,000 items.
//     store_bench [items] [folder]

#include "core/base/uuid.hpp"
#include "core/os/file.hpp"
#include "core/os/process.hpp"
#include "core/store/store.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace {

using namespace batch;

constexpr std::size_t chunk_size = 1'000;

struct Clocks {
    double wall = 0;
    double cpu = 0;
};

double seconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Clocks clocks() {
    return {seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

void report(const char* what, Clocks since, std::int64_t items) {
    const Clocks end = clocks();
    const auto per_item = 1e6 / static_cast<double>(items);
    fmt::print("{:14} {:6.2f} us an item, {:6.2f} us of them CPU\n", what,
               (end.wall - since.wall) * per_item, (end.cpu - since.cpu) * per_item);
}

std::string payload_of(std::int64_t index) {
    return fmt::format(R"({{"id":"{:08}","name":"Ada \"{}\" Löwe","text":"{:a<130}"}})", index,
                       index % 10, "");
}

BatchNo submit(Store& store, std::int64_t items) {
    NewBatch batch{.id = uuid_v7(now()), .name = "bench"};
    batch.plan.steps.push_back({.plugin = "echo"});
    const auto draft = store.submitting().draft(std::move(batch));
    for (std::int64_t i = 0; i < items; ++i) {
        draft->add({.payload = payload_of(i), .line = i + 2});
    }
    return draft->publish("bench").no;
}

void finish(Work& work, const Chunk& chunk) {
    for (const Claimed& item : chunk.items) {
        work.finish(chunk.claim, {.id = item.id,
                                  .attempts = 0,
                                  .at = now(),
                                  .duration = Millis(3),
                                  .output = item.payload});
    }
    work.release(chunk.claim);
}

// As the daemon does: the results of a chunk and the next claim ride on one commit.
void work_off(Store& store, BatchNo batch) {
    std::optional<Chunk> chunk;
    do {
        const auto work = store.working().begin();
        if (chunk && work->holds(chunk->claim)) {
            finish(*work, *chunk);
        }
        chunk = work->claim(batch, chunk_size, 1 << 20);
        work->commit();
        if (store.working().wal_bytes() > 16'000'000) {
            store.working().checkpoint();
        }
    } while (chunk);
}

void read_all(Store& store, BatchNo batch) {
    std::size_t bytes = 0;
    store.reading().items(batch, {.with_output = true}, [&bytes](const Item& item) {
        bytes += item.output.size();
        return true;
    });
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t items = argc > 1 ? std::atoll(argv[1]) : 100'000;
    const std::filesystem::path folder = std::filesystem::path(argc > 2 ? argv[2] : "/tmp") /
                                         fmt::format("store-bench-{}", getpid());
    {
        const auto store = open_store(folder / "state.db", OpenMode::own);
        const ProcessName me = own_name();
        store->working().take_over({.boot_id = me.boot_id, .pid = me.pid, .started_at = now()}, {});
        Clocks since = clocks();
        const BatchNo batch = submit(*store, items);
        report("submit", since, items);
        since = clocks();
        work_off(*store, batch);
        report("claim+finish", since, items);
        since = clocks();
        read_all(*store, batch);
        report("read", since, items);
        since = clocks();
        store->steering().remove(batch, Steering::Keep::nothing);
        report("remove", since, items);
    }
    remove_tree(folder);
}
