// What every store must do: batches and templates come in.

#include "core/base/error.hpp"
#include "tests/contract/any_state.hpp"

#include <catch2/catch.hpp>

namespace batch::testing {
namespace {

using enum ItemStatus;

TEST_CASE("rows keep their order, line and suffix, however many there are", "[store][contract]") {
    FOR_ANY_STATE;
    const std::int64_t count = GENERATE(1, 24, 25, 26, 99, 5'024, 10'026);
    const auto draft = store.submitting().draft(new_batch());
    for (std::int64_t i = 0; i < count; ++i) {
        draft->add({.payload = std::to_string(i), .line = i + 2, .suffix = i % 7 == 0 ? 3 : 0});
    }
    const BatchNo no = draft->publish("digest").no;
    std::int64_t next = 0;
    while (const auto chunk = state.claim(no, 1'000)) {
        for (const Claimed& item : chunk->items) {
            const bool same = item.id.value == ItemId::of(no, static_cast<ItemIndex>(next)).value &&
                              item.payload == std::to_string(next) && item.line == next + 2 &&
                              item.suffix == (next % 7 == 0 ? 3 : 0);
            next = same ? next + 1 : -1'000'000;
        }
    }
    CHECK(next == count);
}

TEST_CASE("a batch goes its way from the draft to its end", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 25);
    CHECK(status_of(store, no) == BatchStatus::queued);

    const auto first = state.claim(no, 10).value();
    CHECK(first.items.size() == 10);
    CHECK(first.more);
    CHECK(first.items[3].payload == R"({"n":"3"})");
    CHECK(first.items[3].line == 5);
    CHECK(counts_of(store, no) == Counts{.total = 25, .pending = 15, .running = 10});
    CHECK(status_of(store, no) == BatchStatus::running);

    state.finish(first);
    const auto second = state.claim(no, 100).value();
    CHECK(second.items.size() == 15);
    CHECK_FALSE(second.more);
    CHECK_FALSE(state.claim(no));
    state.finish(second);
    CHECK(status_of(store, no) == BatchStatus::done);
    CHECK(store.reading().batch(no)->finished_at);
    CHECK(is_sound(store));
}

TEST_CASE("with a broker a batch is submitted until the broker has confirmed",
          "[store][contract]") {
    FOR_ANY_STATE;
    NewBatch batch = new_batch();
    batch.local_queue = false;
    const BatchNo no = submit(store, 1, batch);
    CHECK(status_of(store, no) == BatchStatus::submitted);
    store.steering().confirm({{no, 2}});
    CHECK(status_of(store, no) == BatchStatus::submitted);
    store.steering().confirm({{no, 1}});
    CHECK(status_of(store, no) == BatchStatus::queued);
    state.finish(*state.claim(no));
    store.steering().confirm({{no, 1}});
    CHECK(status_of(store, no) == BatchStatus::done);
}

TEST_CASE("a batch without rows is done", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 0);
    CHECK(status_of(store, no) == BatchStatus::done);
    CHECK(items_of(store, no).empty());
    CHECK_FALSE(state.claim(no));
}

TEST_CASE("a batch keeps what was submitted with it", "[store][contract]") {
    FOR_ANY_STATE;
    NewBatch batch = new_batch("certificates");
    batch.labels = {{"class", "7a"}, {"term", "2"}};
    batch.key = "nightly-1";
    batch.hold = Reason{.code = "paused", .message = "held by ada", .hint = "batchctl resume"};
    batch.plan.retry.retries = 5;
    batch.plan.steps[0].options = R"({"command":["true"]})";
    const std::string id = batch.id;
    const Batch stored = store.reading().batch(submit(store, 2, batch)).value();
    CHECK(stored.id == id);
    CHECK(stored.name == "certificates");
    CHECK(stored.labels.at("class") == "7a");
    CHECK(stored.key == "nightly-1");
    CHECK(stored.paused->message == "held by ada");
    CHECK(stored.plan.retry.retries == 5);
    CHECK(stored.plan.steps.at(0).options == R"({"command":["true"]})");
    CHECK(stored.user == "ada");
    CHECK(stored.uid == 1000);
    CHECK(stored.bell == 1);
    CHECK_FALSE(state.claim(stored.no));
}

TEST_CASE("a draft that is not published leaves nothing", "[store][contract]") {
    FOR_ANY_STATE;
    const auto rows = GENERATE(10, 12'000);
    {
        const auto draft = store.submitting().draft(new_batch());
        for (int i = 0; i < rows; ++i) {
            draft->add({.payload = "{}"});
        }
        CHECK(draft->size() == rows);
        CHECK(store.reading().batches({}).empty());
    }
    CHECK(store.reading().batches({}).empty());
    CHECK(is_sound(store));
}

TEST_CASE("a large batch is as whole as a small one", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 23'456);
    CHECK(counts_of(store, no).pending == 23'456);
    const auto items = items_of(store, no, {.ranges = {{23'450, 30'000}}, .with_payload = true});
    REQUIRE(items.size() == 6);
    CHECK(items[5].payload == R"({"n":"23455"})");
    CHECK(items[5].line == 23'457);
    CHECK(is_sound(store));
}

TEST_CASE("the same key with the same content is the same batch", "[store][contract]") {
    FOR_ANY_STATE;
    NewBatch batch = new_batch();
    batch.key = "nightly-2026-11-22";
    const std::string id = batch.id;
    const BatchNo no = submit(store, 3, batch);
    batch.id = uuid_v7(now());
    const auto draft = store.submitting().draft(batch);
    draft->add({.payload = "{}"});
    const Published again = draft->publish("digest");
    CHECK_FALSE(again.created);
    CHECK(again.no == no);
    CHECK(again.id == id);
    CHECK(store.reading().batches({}).size() == 1);
}

TEST_CASE("the same key with other content is refused", "[store][contract]") {
    FOR_ANY_STATE;
    NewBatch batch = new_batch();
    batch.key = "nightly-2026-11-22";
    const std::string id = batch.id;
    submit(store, 5'000, batch);
    batch.id = uuid_v7(now());
    const auto draft = store.submitting().draft(batch);
    for (int i = 0; i < 11'012; ++i) {
        draft->add({.payload = "{}"});
    }
    try {
        draft->publish("another digest");
        FAIL("published");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::conflict);
        CHECK(error.what() == "key \"nightly-2026-11-22\" belongs to " + short_id(id) +
                                  ", whose content differs (5,000 rows then, 11,012 now); nothing "
                                  "was stored");
        CHECK(error.hint() ==
              "keep that batch, or give this one a key of its own: --key "
              "nightly-2026-11-22-b");
    }
    CHECK(store.reading().batches({}).size() == 1);
}

TEST_CASE("rm frees a key, prune keeps it", "[store][contract]") {
    FOR_ANY_STATE;
    const auto keep = GENERATE(Steering::Keep::nothing, Steering::Keep::key);
    NewBatch batch = new_batch();
    batch.key = "nightly";
    const BatchNo no = submit(store, 2, batch);
    const std::string id = batch.id;
    state.finish(*state.claim(no));
    store.steering().remove(no, keep);
    CHECK_FALSE(store.reading().batch(no));
    batch.id = uuid_v7(now());
    const auto draft = store.submitting().draft(batch);
    const Published again = draft->publish("digest");
    CHECK(again.created == (keep == Steering::Keep::nothing));
    CHECK(again.id == (keep == Steering::Keep::nothing ? batch.id : id));
}

TEST_CASE("several are submitted in one transaction, or none of them", "[store][contract]") {
    FOR_ANY_STATE;
    const auto draft = [&store](const char* key, int rows) {
        NewBatch batch = new_batch();
        batch.key = key;
        auto made = store.submitting().draft(std::move(batch));
        for (int i = 0; i < rows; ++i) {
            made->add({.payload = "{}"});
        }
        return made;
    };
    const auto first = draft("a", 3);
    const auto large = draft("b", 12'000);
    const auto last = draft("c", 0);
    const auto published = store.submitting().publish({{.draft = first.get(), .content = "1"},
                                                       {.draft = large.get(), .content = "2"},
                                                       {.draft = last.get(), .content = "3"}});
    REQUIRE(published.size() == 3);
    CHECK(counts_of(store, published[0].no).pending == 3);
    CHECK(counts_of(store, published[1].no).pending == 12'000);
    CHECK(status_of(store, published[2].no) == BatchStatus::done);

    const auto fresh = draft("d", 2);
    const auto other = draft("a", 1);
    CHECK_THROWS_AS(store.submitting().publish({{.draft = fresh.get(), .content = "4"},
                                                {.draft = other.get(), .content = "5"}}),
                    Error);
    CHECK(store.reading().batches({}).size() == 3);
    const auto again = draft("a", 3);
    const auto found = store.submitting().publish(
        {{.draft = fresh.get(), .content = "4"}, {.draft = again.get(), .content = "1"}});
    CHECK(found[0].created);
    CHECK_FALSE(found[1].created);
    CHECK(found[1].no == published[0].no);
    CHECK(store.submitting().publish({}).empty());
    CHECK(is_sound(store));
}

TEST_CASE("the same text of a template keeps its version", "[store][contract]") {
    FOR_ANY_STATE;
    auto& submitting = store.submitting();
    CHECK(submitting.add_template({.name = "card", .engine = "jinja", .source = "a"}) == 1);
    CHECK(submitting.add_template({.name = "card", .engine = "jinja", .source = "b"}) == 2);
    CHECK(submitting.add_template({.name = "card", .engine = "jinja", .source = "b"}) == 2);
    CHECK(store.reading().find_template("card", std::nullopt)->version == 2);
    CHECK(store.reading().find_template("card", 1)->source == "a");
    CHECK_FALSE(store.reading().find_template("card", 3));
    CHECK(store.reading().templates().size() == 2);
    CHECK(submitting.remove_template("card", 1) == 1);
    CHECK(submitting.remove_template("card", std::nullopt) == 1);
    CHECK(submitting.remove_template("card", std::nullopt) == 0);
    CHECK(store.reading().templates().empty());
}

TEST_CASE("a batch keeps the template it was submitted with", "[store][contract]") {
    FOR_ANY_STATE;
    store.submitting().add_template({.name = "card", .engine = "jinja", .source = "Hello"});
    const auto stored = store.reading().find_template("card", std::nullopt).value();
    NewBatch batch = new_batch();
    batch.plan.steps[0].template_ref = {.name = "card", .version = 1, .sha256 = stored.sha256};
    submit(store, 1, batch);
    CHECK(store.submitting().remove_template("card", std::nullopt) == 1);
    CHECK(store.reading().templates().empty());
    CHECK(store.reading().template_text(stored.sha256)->source == "Hello");
}

TEST_CASE("the text of a template of one batch is kept unlisted", "[store][contract]") {
    FOR_ANY_STATE;
    const std::string digest =
        store.submitting().keep_template({.name = "card.html", .engine = "jinja", .source = "x"});
    CHECK(digest.size() == 64);
    CHECK(store.submitting().keep_template({.name = "other.html", .source = "x"}) == digest);
    CHECK(store.reading().template_text(digest)->name == "card.html");
    CHECK(store.reading().templates().empty());
}

}  // namespace
}  // namespace batch::testing
