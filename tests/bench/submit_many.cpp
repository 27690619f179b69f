// Many small batches, submitted by one process over one connection, as a program that uses core/
// would: each is stored, rung for, and noted as queued.
//     submit_many STATE URL BATCHES ITEMS: prints the begin and the end (monotonic clock, seconds)

#include "core/base/uuid.hpp"
#include "core/queue/queue.hpp"
#include "core/store/store.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

namespace {

using namespace batch;

double seconds() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Published store_one(Store& store, int items) {
    NewBatch batch{.id = uuid_v7(now()), .name = "bench", .local_queue = false};
    batch.plan.steps.push_back({.plugin = "probe", .options = "{}"});
    const auto draft = store.submitting().draft(std::move(batch));
    for (int i = 0; i < items; ++i) {
        draft->add({.payload = R"({"id":"00000001","name":"Amina Okafor","amount":"1284.75"})",
                    .line = i + 2});
    }
    return draft->publish("bench");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        return 2;
    }
    const auto store = open_store(argv[1], OpenMode::read_or_create);
    Settings::Queue settings;
    settings.url = argv[2];
    const QueuePlace place{.settings = settings,
                           .paths = {argv[1]},
                           .state_id = store->state_id(),
                           .program = "submit_many"};
    const auto publisher = queue_backend(settings.url).publisher(place);
    const double begin = seconds();
    for (int left = std::atoi(argv[3]); left > 0; --left) {
        const Published batch = store_one(*store, std::atoi(argv[4]));
        if (publisher->publish({batch.id, batch.bell}).confirmed) {
            store->steering().confirm(batch.no, batch.bell);
        }
    }
    fmt::print("{:.6f} {:.6f}\n", begin, seconds());
}
