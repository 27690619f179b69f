#include "cli/live.hpp"
#include "cli/progress.hpp"
#include "core/base/utf8.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::cli;
using namespace std::chrono_literals;

namespace {

const Standing urls{
    .name = "urls.csv", .total = 5'000, .finished = 1'240, .failed = 3, .rate = 212.0};

}  // namespace

TEST_CASE("a bar tells all it can in the width there is", "[cli][progress]") {
    CHECK(bar_line(urls, 120) ==
          "urls.csv  [######------------------]  1,240/5,000  3 failed  212/s  about 18s left");
    CHECK(bar_line(urls, 75) ==
          "urls.csv  [###---------]  1,240/5,000  3 failed  212/s  about 18s left");
    CHECK(bar_line(urls, 60) == "urls.csv  [###---------]  1,240/5,000  3 failed  212/s");
    CHECK(bar_line(urls, 50) == "urls.csv  [###---------]  1,240/5,000  3 failed");
    CHECK(bar_line(urls, 32) == "urls.csv  1,240/5,000  3 failed");
    CHECK(bar_line(urls, 22) == "urls.csv  1,240/5,000");
    for (std::size_t width = 0; width < 90; ++width) {
        CHECK(display_width(bar_line(urls, width)) <= width);
    }
    Standing long_name = urls;
    long_name.name = "名前のとても長いファイル.csv";
    for (std::size_t width = 0; width < 90; ++width) {
        CHECK(display_width(bar_line(long_name, width)) <= width);
    }
}

TEST_CASE("a bar is full only when nothing is left", "[cli][progress]") {
    CHECK(bar_line({.name = "x", .total = 1'000, .finished = 999}, 80) ==
          "x  [#######################-]  999/1,000");
    CHECK(bar_line({.name = "x", .total = 3, .finished = 3}, 80) ==
          "x  [########################]  3/3");
    CHECK(bar_line({.name = "x"}, 80) == "x  [########################]  0/0");
    CHECK(bar_line({.name = "x", .total = 4, .reason = "paused by ada 8m ago"}, 80) ==
          "x  [------------------------]  0/4  paused by ada 8m ago");
    CHECK(percent_of(4'999, 5'000) == 99);
    CHECK(percent_of(1'240, 5'000) == 25);
    CHECK(percent_of(0, 3) == 0);
    CHECK(percent_of(0, 0) == 100);
}

TEST_CASE("names cannot drive the terminal", "[cli][progress]") {
    CHECK(bar_line({.name = "a\x1b[2Jb\n", .total = 1}, 80) ==
          "a\\x1b[2Jb\\n  [------------------------]  0/1");
}

TEST_CASE("plain lines for logs", "[cli][progress]") {
    CHECK(plain_line({.total = 5'000, .finished = 500, .failed = 1, .rate = 208.0}) ==
          "batchctl: 500 of 5,000 (10 %), 1 failed, 208/s, about 22s left");
    CHECK(plain_line({.total = 40, .reason = "no batchd is running"}) ==
          "batchctl: 0 of 40 (0 %): no batchd is running");
}

TEST_CASE("a rate has the digits that tell something", "[cli][progress]") {
    CHECK(rate_text(0.01) == "1/min");
    CHECK(rate_text(0.4) == "0.4/s");
    CHECK(rate_text(6) == "6/s");
    CHECK(rate_text(212.4) == "212/s");
    CHECK(rate_text(1'100) == "1.1k/s");
    CHECK(rate_text(118'000) == "118k/s");
}

TEST_CASE("the rate is that of the last seconds", "[cli][progress]") {
    RecentRate rate;
    const BootTime start{};
    rate.add(start, 0);
    CHECK_FALSE(rate.value());
    rate.add(start + 1s, 100);
    CHECK(rate.value() == 100.0);
    for (int i = 2; i <= 20; ++i) {
        rate.add(start + std::chrono::seconds(i), 100 + (i - 1) * 10);
    }
    CHECK(rate.value() == Approx(10.0));
}

TEST_CASE("plain lines come every tenth or ten seconds, not at the very end", "[cli][progress]") {
    const BootTime start{};
    PlainPace pace(start);
    const auto standing = [](std::int64_t finished) {
        return Standing{.total = 1'000, .finished = finished, .rate = 10.0};
    };
    CHECK_FALSE(pace.is_due(standing(50), start + 1s));
    CHECK(pace.is_due(standing(100), start + 2s));
    CHECK_FALSE(pace.is_due(standing(150), start + 3s));
    CHECK(pace.is_due(standing(160), start + 12s));
    CHECK_FALSE(pace.is_due(standing(960), start + 13s));  // 4 s left
}

TEST_CASE("a painted line is cut where the terminal ends", "[cli][live]") {
    CHECK(clipped_line("abc", 5) == "abc");
    CHECK(clipped_line("abcdef", 3) == "abc");
    CHECK(clipped_line("\x1b[31mabc\x1b[0mdef", 6) == "\x1b[31mabc\x1b[0mdef");
    CHECK(clipped_line("\x1b[31mabc\x1b[0mdef", 2) == "\x1b[31mab\x1b[0m");
    CHECK(clipped_line("日本語", 5) == "日本");
    CHECK(clipped_line("", 5).empty());
}
