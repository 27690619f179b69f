#include "core/base/error.hpp"
#include "core/plugin/session.hpp"
#include "tests/core/plugin/fake_plugin.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;

namespace {

const InitFrame init{.options = R"({"column":"name"})"};

std::string start_problem(const std::string& more) {
    const TempFolder folder;
    try {
        Session::start({.program = write_shout(folder, more)}, init);
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("a session asks and is answered", "[plugin][session]") {
    const TempFolder folder;
    Session session = Session::start(
        {.program = write_shout(folder, R"(    print("noted", file=sys.stderr, flush=True)
    if type == "item": say({"type": "log", "id": frame["id"], "text": "working"}))")},
        init);
    const auto answer = session.run({.batch = "b", .row = R"({"name":"Ada"})"}, 5s);
    CHECK(std::get<PluginResult>(answer).value == "\"ADA\"");
    REQUIRE(session.logs().size() == 1);
    CHECK(session.logs()[0].text == "working");
    CHECK(session.close().ok());
    CHECK_THAT(session.stderr_text(), Catch::StartsWith("noted\n"));
}

TEST_CASE("an error of an item is an answer, and the next one works", "[plugin][session]") {
    const TempFolder folder;
    Session session = Session::start({.program = write_shout(folder, R"(
    if type == "item" and column not in frame["row"]:
        say({"type": "error", "id": frame["id"], "class": "permanent", "code": "no_column",
             "message": "no column"})
        continue)")},
                                     init);
    const auto wrong = session.run({.batch = "b", .row = "{}"}, 5s);
    CHECK(std::get<PluginError>(wrong).code == "no_column");
    const auto right = session.run({.batch = "b", .row = R"({"name":"x"})"}, 5s);
    CHECK(std::get<PluginResult>(right).value == "\"X\"");
}

TEST_CASE("a late answer is not taken for the next item's", "[plugin][session]") {
    const TempFolder folder;
    Session session = Session::start({.program = write_shout(folder, R"(
    if type == "item" and frame["row"]["name"] == "slow": time.sleep(0.3))")},
                                     init);
    CHECK_THROWS_AS(session.run({.batch = "b", .row = R"({"name":"slow"})"}, 10ms), Error);
    const auto answer = session.run({.batch = "b", .row = R"({"name":"quick"})"}, 5s);
    CHECK(std::get<PluginResult>(answer).value == "\"QUICK\"");
}

TEST_CASE("why a plugin cannot be started is said", "[plugin][session]") {
    CHECK(start_problem(R"(    say({"type": "error", "message": "no license"}); continue)") ==
          "plugin shout: no license");
    CHECK(start_problem(R"(    sys.exit("out of ink"))") ==
          "plugin shout: it left without an answer (exit code 1): out of ink");
    CHECK(start_problem(R"(    say({"type": "pong"}))") ==
          "plugin shout: it answers init with something else than ready");
    CHECK_THROWS_WITH(Session::start({.program = "/no/such/shout"}, init),
                      "plugin shout: cannot run \"/no/such/shout\": there is no such file");
}

TEST_CASE("a plugin that does not leave is killed", "[plugin][session]") {
    const TempFolder folder;
    std::optional<Session> session = Session::start(
        {.program = write_shout(folder, R"(    if type == "ping": time.sleep(60))")}, init);
    session.reset();  // its destructor does not wait for it
}
