#include "core/base/error.hpp"
#include "core/model/batch.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace std::chrono_literals;

TEST_CASE("a plan is the same after it was stored", "[core][model]") {
    Plan plan;
    plan.steps = {{.plugin = "jinja",
                   .version = "1.0",
                   .options = R"({"to":"pdf"})",
                   .template_ref = TemplateRef{.name = "card.html", .version = 3, .sha256 = "ab"}},
                  {.plugin = "exec",
                   .version = "1.0",
                   .options = R"({"command":["echo","{name}"]})",
                   .has_placeholders = true}};
    plan.retry = {.retries = 5, .backoff_min = 2s, .backoff_max = 3s, .item_timeout = 4s};
    plan.concurrency = 8;
    plan.output_name = "{name}";
    plan.extension = "pdf";
    plan.on_collision = OnCollision::suffix;
    plan.deliver = {"./cards", "/mnt/x"};
    plan.source = "rows.csv";
    const std::string stored = to_json(plan);
    CHECK(to_json(plan_of(stored)) == stored);
    const Plan again = plan_of(stored);
    CHECK(again.steps.at(0).template_ref->version == 3);
    CHECK(again.steps.at(1).has_placeholders);
    CHECK(again.retry == plan.retry);
    CHECK(again.on_collision == OnCollision::suffix);
}

TEST_CASE("a template of a file has no version", "[core][model]") {
    Plan plan;
    plan.steps = {{.plugin = "jinja", .template_ref = TemplateRef{.name = "a.html"}}};
    CHECK_FALSE(plan_of(to_json(plan)).steps.at(0).template_ref->version);
}

TEST_CASE("a plan that is no JSON is an error, not a crash", "[core][model]") {
    CHECK_THROWS_AS(plan_of("{"), Error);
}

TEST_CASE("ids are shown by their end", "[core][model]") {
    CHECK(short_id("01a20493-be63-7d3a-9b60-3f1f0e4c2a11") == "0e4c2a11");
    CHECK(short_id("abc") == "abc");
}

TEST_CASE("the number of an item holds its batch and its index", "[core][model]") {
    const ItemId id = ItemId::of(7, 0xffffffff);
    CHECK(id.batch() == 7);
    CHECK(id.index() == 0xffffffff);
    CHECK(ItemId::of(7, 1) < ItemId::of(8, 0));
}
