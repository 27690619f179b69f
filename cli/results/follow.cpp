#include "cli/results/follow.hpp"

#include "cli/standstill.hpp"

#include <algorithm>
#include <thread>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 50ms;
constexpr ItemIndex page = 1000;

class Following {
public:
    Following(Reading& reading, const Batch& batch, ResultSink& sink)
        : reading_(reading),
          batch_(batch),
          total_(static_cast<ItemIndex>(batch.counts.total)),
          sink_(sink) {}

    void run();

private:
    bool is_changed();
    void check_batch();
    bool give_finished();

    Reading& reading_;
    const Batch& batch_;
    ItemIndex total_;
    ResultSink& sink_;
    ItemIndex next_ = 0;
    std::int64_t version_ = -1;
};

void Following::run() {
    while (next_ < total_) {
        if (!is_changed()) {
            std::this_thread::sleep_for(look_every);
            continue;
        }
        check_batch();
        if (!give_finished() || !sink_.flush() || is_out_closed()) {
            return;
        }
    }
}

bool Following::is_changed() {
    // Asked before the items are read: what is committed meanwhile is read the next time.
    const std::int64_t version = reading_.version();
    return std::exchange(version_, version) != version;
}

void Following::check_batch() {
    const auto batch = reading_.batch(batch_.no);
    if (!batch) {
        throw removed_meanwhile(batch_);
    }
    if (!is_final(batch->status) && needs_a_person(*batch) && batch->counts.running == 0) {
        throw paused_by_batchd(*batch);
    }
}

/// Up to the first item that has not ended; false once nobody reads.
bool Following::give_finished() {
    const ItemFilter wanted = sink_.filter();
    ItemFilter filter = wanted;
    filter.statuses.clear();
    // Most looks find one more item or none: a whole page is read only where there is one.
    for (ItemIndex count = 1; next_ < total_; count = std::min(count * 4, page)) {
        filter.ranges = {{next_, std::min(next_ + count, total_) - 1}};
        bool blocked = false;
        bool alive = true;
        const auto before = next_;
        reading_.items(batch_.no, filter, [&](const Item& item) {
            blocked = !is_final(item.status);
            if (blocked) {
                return false;
            }
            next_ = item.index + 1;
            const bool is_wanted =
                std::ranges::find(wanted.statuses, item.status) != wanted.statuses.end();
            return alive = !is_wanted || sink_.take(item);
        });
        if (blocked || !alive || next_ == before) {
            return alive;
        }
    }
    return true;
}

}  // namespace

void follow_results(Context& context, const Batch& batch, ResultSink& sink) {
    Following(context.store().reading(), batch, sink).run();
}

}  // namespace batch::cli
