#include "cli/templates/preview.hpp"

#include <catch2/catch.hpp>

using namespace batch::cli;

TEST_CASE("pages of a PDF are counted, their parent is not", "[cli][template]") {
    CHECK(count_pages("<</Type /Pages /Kids [1 0 R]>> <</Type /Page\n>> <</Type/Page>>") == 2);
    CHECK(count_pages("") == 0);
    CHECK(count_pages("/Type /Page") == 1);
}
