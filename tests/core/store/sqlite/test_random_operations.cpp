// Any order of operations, against a model that keeps a status per item and nothing else.

#include "core/base/error.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace batch::testing {
namespace {

using enum ItemStatus;

struct ModelBatch {
    std::vector<ItemStatus> items;
    std::set<ItemIndex> marks;
    bool aborted = false;
    bool paused = false;

    bool is_open() const {
        return std::ranges::any_of(items, [](ItemStatus status) { return !is_final(status); });
    }
};

struct Hand {
    ClaimNo claim = 0;
    BatchNo batch = 0;
    std::vector<Claimed> items;
};

class Play {
public:
    explicit Play(unsigned seed) : random_(seed) {}

    void step();
    void compare();

private:
    int roll(int sides) { return std::uniform_int_distribution<>(0, sides - 1)(random_); }

    BatchNo any_batch();
    IndexRange any_range(const ModelBatch& model);
    void submit_one();
    void claim();
    void settle();
    void settle(Work& work, Hand& hand, const Claimed& item);
    void crash();
    void cancel(BatchNo no, ModelBatch& model);
    void cancel_items(BatchNo no, ModelBatch& model);
    void retry(BatchNo no, ModelBatch& model);
    void remove(BatchNo no, ModelBatch& model);
    void toggle_pause(BatchNo no, ModelBatch& model);

    std::mt19937 random_;
    State state_;
    std::map<BatchNo, ModelBatch> model_;
    std::vector<Hand> hands_;
};

void Play::submit_one() {
    const int count = roll(40);
    const BatchNo no = submit(*state_.store, count);
    model_[no].items.assign(static_cast<std::size_t>(count), pending);
}

BatchNo Play::any_batch() {
    auto place = model_.begin();
    std::advance(place, roll(static_cast<int>(model_.size())));
    return place->first;
}

IndexRange Play::any_range(const ModelBatch& model) {
    const auto first = static_cast<ItemIndex>(roll(static_cast<int>(model.items.size()) + 1));
    return {first, first + static_cast<ItemIndex>(roll(10))};
}

void Play::claim() {
    const BatchNo no = any_batch();
    const auto work = state_.store->working().begin();
    for (int i = roll(3); i >= 0; --i) {
        if (auto chunk = work->claim(no, static_cast<std::size_t>(1 + roll(12)), 200)) {
            for (const Claimed& item : chunk->items) {
                auto& status = model_[no].items[item.id.index()];
                REQUIRE(status == pending);
                status = running;
            }
            REQUIRE_FALSE(model_[no].aborted);
            REQUIRE_FALSE(model_[no].paused);
            hands_.push_back({chunk->claim, no, std::move(chunk->items)});
        }
    }
    work->commit();
}

void Play::settle(Work& work, Hand& hand, const Claimed& item) {
    ModelBatch& model = model_[hand.batch];
    ItemStatus& status = model.items[item.id.index()];
    const ItemError error = item_error(roll(2) == 0 ? "exit_1" : "timeout");
    const int outcome = roll(4);
    if (outcome == 0) {
        work.put_back(hand.claim, {.id = item.id,
                                   .attempts = item.attempts + 1,
                                   .error = roll(2) == 0 ? &error : nullptr});
        status = model.aborted || model.marks.contains(item.id.index()) ? cancelled : pending;
    } else {
        const ItemStatus end = outcome == 1 ? failed : done;
        REQUIRE(work.finish(hand.claim, {.id = item.id,
                                         .status = end,
                                         .attempts = item.attempts,
                                         .error = end == failed ? &error : nullptr}));
        REQUIRE_FALSE(work.finish(hand.claim, {.id = item.id}));
        status = end;
    }
    model.marks.erase(item.id.index());
}

void Play::settle() {
    const auto work = state_.store->working().begin();
    for (Hand& hand : hands_) {
        REQUIRE(work->holds(hand.claim));
        for (int i = roll(8); i > 0 && !hand.items.empty(); --i) {
            settle(*work, hand, hand.items.back());
            hand.items.pop_back();
        }
        if (hand.items.empty()) {
            work->release(hand.claim);
        }
    }
    std::erase_if(hands_, [](const Hand& hand) { return hand.items.empty(); });
    work->commit();
}

void Play::crash() {
    state_.store = open_store(state_.path, OpenMode::own);
    std::size_t lost = 0;
    for (const Hand& hand : hands_) {
        for (const Claimed& item : hand.items) {
            ModelBatch& model = model_[hand.batch];
            const bool ends = model.aborted || model.marks.contains(item.id.index());
            model.items[item.id.index()] = ends ? cancelled : pending;
            model.marks.erase(item.id.index());
            ++lost;
        }
    }
    hands_.clear();
    CHECK(state_.store->working().take_over(daemon_row(), {}) == lost);
}

void Play::cancel(BatchNo no, ModelBatch& model) {
    if (!model.is_open()) {
        return;
    }
    state_.store->steering().cancel(no, {.code = "cancelled"});
    model.aborted = true;
    model.paused = false;
    std::ranges::replace(model.items, pending, cancelled);
}

void Play::cancel_items(BatchNo no, ModelBatch& model) {
    const IndexRange range = any_range(model);
    state_.store->steering().cancel_items(no, {range});
    if (model.aborted) {
        return;
    }
    for (ItemIndex i = range.first; i <= range.last && i < model.items.size(); ++i) {
        if (model.items[i] == pending) {
            model.items[i] = cancelled;
        } else if (model.items[i] == running) {
            model.marks.insert(i);
        }
    }
}

void Play::retry(BatchNo no, ModelBatch& model) {
    if (model.is_open()) {
        return;
    }
    RetryWish wish{.status = roll(2) == 0 ? failed : cancelled};
    if (roll(2) == 0) {
        wish.ranges = {any_range(model)};
    } else if (wish.status == failed && roll(2) == 0) {
        wish.cause = "timeout";
    }
    std::vector<ItemIndex> taken;
    ItemFilter filter{.ranges = wish.ranges, .statuses = {wish.status}, .cause = wish.cause};
    for (const Item& item : items_of(*state_.store, no, filter)) {
        taken.push_back(item.index);
    }
    if (taken.empty()) {
        CHECK_THROWS_AS(state_.store->steering().retry(no, wish), Error);
        return;
    }
    const Touched touched = state_.store->steering().retry(no, wish);
    CHECK(touched.changed == std::ssize(taken));
    CHECK(touched.after.status == BatchStatus::queued);
    for (const ItemIndex index : taken) {
        model.items[index] = pending;
    }
    model.aborted = false;
    model.paused = false;
}

void Play::remove(BatchNo no, ModelBatch& model) {
    if (!model.is_open()) {
        state_.store->steering().remove(no, Steering::Keep::nothing);
        model_.erase(no);
    }
}

void Play::toggle_pause(BatchNo no, ModelBatch& model) {
    const bool changes = model.is_open();
    if (model.paused) {
        CHECK(state_.store->steering().resume(no) == changes);
        model.paused = model.paused && !changes;
    } else {
        CHECK(state_.store->steering().pause(no, {.code = "paused"}) ==
              (changes && !model.aborted));
        model.paused = changes && !model.aborted;
    }
}

void Play::step() {
    const int what = roll(20);
    if (model_.empty() || (what == 0 && model_.size() < 4)) {
        return submit_one();
    }
    const BatchNo no = any_batch();
    ModelBatch& model = model_[no];
    switch (what) {
        case 1: return crash();
        case 2: return roll(3) == 0 ? cancel(no, model) : cancel_items(no, model);
        case 3: return retry(no, model);
        case 4: return roll(4) == 0 ? remove(no, model) : retry(no, model);
        case 5: return toggle_pause(no, model);
        case 6: return cancel_items(no, model);
        default: return roll(2) == 0 ? claim() : settle();
    }
}

void Play::compare() {
    for (const StoreFinding& finding : state_.store->check()) {
        INFO(finding.message);
        REQUIRE(finding.ok);
    }
    for (const auto& [no, model] : model_) {
        std::vector<ItemStatus> stored;
        for (const Item& item : items_of(*state_.store, no)) {
            stored.push_back(item.status);
        }
        REQUIRE(stored == model.items);
        for (const ItemStatus status : {pending, running, done, failed, cancelled}) {
            const auto expected = std::ranges::count(model.items, status);
            REQUIRE(std::ssize(items_of(*state_.store, no, {.statuses = {status}})) == expected);
        }
    }
}

TEST_CASE("counters and derived statuses stay right through any operations", "[store]") {
    const auto seed = GENERATE(range(1u, 7u));
    INFO("seed " << seed);
    Play play(seed);
    for (int i = 0; i < 150; ++i) {
        INFO("step " << i);
        play.step();
        play.compare();
    }
}

}  // namespace
}  // namespace batch::testing
