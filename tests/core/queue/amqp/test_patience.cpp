#include "core/base/error.hpp"
#include "core/queue/amqp/patience.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::amqp;
using namespace std::chrono_literals;

TEST_CASE("who is refused is told from who finds nobody", "[queue]") {
    CHECK_FALSE(was_refused(Error(ErrorKind::unavailable, "cannot be reached")));
    CHECK(was_refused(Error(ErrorKind::permission, "wrong password")));
    CHECK(was_refused(Error(ErrorKind::config, "no such vhost")));
    CHECK(was_refused(Error(ErrorKind::unavailable, "is not trusted").with_code(untrusted)));
}

TEST_CASE("each wait is longer, up to a limit, and not the same for all", "[queue]") {
    for (const bool refused : {false, true}) {
        CAPTURE(refused);
        const auto most = refused ? 30'000ms : 2'000ms;
        const auto least = refused ? 2'000ms : 50ms;
        Patience patience;
        auto longest = 0ms;
        auto shortest = most;
        for (int tries = 0; tries < 200; ++tries) {
            const auto wait = patience.next(refused);
            CHECK(wait >= least);
            CHECK(wait <= most);
            if (tries > 20) {  // it waits no longer by now
                longest = std::max(longest, wait);
                shortest = std::min(shortest, wait);
            }
        }
        CHECK(shortest >= most / 2);
        CHECK(longest > shortest);
        patience.succeeded();
        CHECK(patience.next(refused) <= (refused ? 4'000ms : 200ms));
    }
}
