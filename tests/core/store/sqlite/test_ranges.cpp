#include "core/store/sqlite/ranges.hpp"

#include <catch2/catch.hpp>

namespace batch::testing {
namespace {

std::string shown(const std::vector<IndexRange>& ranges) {
    std::string text;
    for (const IndexRange& range : ranges) {
        text += std::to_string(range.first) + "-" + std::to_string(range.last) + " ";
    }
    return text;
}

TEST_CASE("ranges are sorted, merged and cut to the batch", "[store]") {
    CHECK(shown(sqlite::normalised({}, 10)) == "0-9 ");
    CHECK(shown(sqlite::normalised({{5, 9}, {1, 2}}, 100)) == "1-2 5-9 ");
    CHECK(shown(sqlite::normalised({{1, 5}, {3, 9}, {4, 4}}, 100)) == "1-9 ");
    CHECK(shown(sqlite::normalised({{8, 200}, {50, 60}}, 10)) == "8-9 ");
    CHECK(shown(sqlite::normalised({{10, 12}}, 10)).empty());
    CHECK(shown(sqlite::normalised({}, 0)).empty());
}

}  // namespace
}  // namespace batch::testing
