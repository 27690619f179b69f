#include "core/base/error.hpp"
#include "core/model/item.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("an error is the same after it was stored", "[core][model]") {
    const ItemError error{.error_class = ErrorClass::throttled,
                          .code = "http_429",
                          .message = "too many requests",
                          .hint = "wait",
                          .step = "fetch",
                          .attempt = 2,
                          .at = TimePoint(Millis(1'700'000'000'123))};
    const std::string stored = to_json(error);
    CHECK(to_json(item_error_of(stored)) == stored);
    CHECK(item_error_of(stored).error_class == ErrorClass::throttled);
    CHECK(item_error_of(stored).at == error.at);
}

TEST_CASE("an error of an unknown class is permanent", "[core][model]") {
    CHECK(item_error_of(R"({"class":"new"})").error_class == ErrorClass::permanent);
    CHECK_THROWS_AS(item_error_of("{"), Error);
}
