// Many small batches, submitted by one process over one connection, as a program that uses core/
// would: some at a time are stored, rung for, and noted as queued.
//     submit_many STATE URL BATCHES ITEMS: prints the begin and the end (monotonic clock, seconds)

#include "core/base/uuid.hpp"
#include "core/queue/queue.hpp"
#include "core/store/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

namespace {

using namespace batch;

constexpr std::size_t at_once = 16;  // stored in one transaction, and rung for together

double seconds() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::unique_ptr<Draft> draft(Store& store, int items) {
    NewBatch batch{.id = uuid_v7(now()), .name = "bench", .local_queue = false};
    batch.plan.steps.push_back({.plugin = "probe", .options = "{}"});
    auto draft = store.submitting().draft(std::move(batch));
    for (int i = 0; i < items; ++i) {
        draft->add({.payload = R"({"id":"00000001","name":"Amina Okafor","amount":"1284.75"})",
                    .line = i + 2});
    }
    return draft;
}

std::vector<Published> store_some(Store& store, std::size_t batches, int items) {
    std::vector<std::unique_ptr<Draft>> drafts;
    std::vector<Complete> complete;
    for (std::size_t i = 0; i < batches; ++i) {
        drafts.push_back(draft(store, items));
        complete.push_back({.draft = drafts.back().get(), .content = "bench"});
    }
    return store.submitting().publish(complete);
}

std::vector<Confirmed> ring_for(Publisher& publisher, const std::vector<Published>& stored) {
    std::vector<Doorbell> bells;
    for (const Published& each : stored) {
        bells.push_back({each.id, each.bell});
    }
    const std::vector<Heard> heard = publisher.publish(bells);
    std::vector<Confirmed> confirmed;
    for (std::size_t i = 0; i < heard.size(); ++i) {
        if (heard[i].confirmed) {
            confirmed.push_back({stored[i].no, stored[i].bell});
        }
    }
    return confirmed;
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
    std::vector<Confirmed> confirmed;
    const auto batches = static_cast<std::size_t>(std::atoi(argv[3]));
    for (std::size_t done = 0; done < batches; done += at_once) {
        const auto stored =
            store_some(*store, std::min(at_once, batches - done), std::atoi(argv[4]));
        // By now a batchd has begun with most of those before, and nothing is to be noted.
        store->steering().confirm(std::exchange(confirmed, ring_for(*publisher, stored)));
    }
    store->steering().confirm(confirmed);
    fmt::print("{:.6f} {:.6f}\n", begin, seconds());
}
