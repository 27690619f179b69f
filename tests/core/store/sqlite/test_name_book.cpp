#include "core/base/error.hpp"
#include "core/store/name_book.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <string>

#include <sys/resource.h>

using namespace batch;

namespace {

void take_many(NameBook& book) {
    for (int number = 0; number < 40'000; ++number) {
        book.take(std::to_string(number) + std::string(200, 'x'), {number, number});
    }
}

}  // namespace

TEST_CASE("a name has one owner", "[store][name_book]") {
    const auto book = open_name_book();
    CHECK_FALSE(book->take("a", {0, 2}));
    REQUIRE(book->take("a", {1, 3}));
    CHECK(book->take("a", {1, 3})->line == 2);
    CHECK(book->next_number("a") == 2);
    CHECK(book->next_number("a") == 3);
}

TEST_CASE("names that the disk does not take are an error with a hint", "[store][name_book]") {
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit small = before;
    small.rlim_cur = 4096;
    std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto book = open_name_book();
    std::string hint;
    try {
        take_many(*book);
    } catch (const Error& error) {
        hint = error.hint();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_DFL);
    CHECK(hint.find("SQLITE_TMPDIR") != std::string::npos);
}
