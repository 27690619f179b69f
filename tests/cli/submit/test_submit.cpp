#include "core/base/json.hpp"
#include "core/os/lock.hpp"
#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace batch;
using namespace batch::testing;

namespace {

struct Urls : House {
    Urls() { write("urls.csv", "id,url\n1,http://a\n2,http://b\n"); }
};

std::string short_of(const Said& said) {
    return short_id(said.out.substr(0, said.out.find('\n')));
}

}  // namespace

TEST_CASE("E12: the id alone is on standard output, and a missing batchd is a warning",
          "[cli][submit]") {
    const Urls house;
    const Said said = house.ctl({"submit", "urls.csv", "--", "true"});
    CHECK(said.code == 0);
    CHECK(said.out.size() == 37);
    CHECK(said.out.substr(0, 36) == house.batch().id);
    CHECK(said.err == "batchctl: warning: no batchd is running; " + short_of(said) +
                          " is stored and waits for one\nhint: start it: batchd\n");
}

TEST_CASE("E12: nothing is said while a batchd works", "[cli][submit]") {
    const Urls house;
    CHECK(house.ctl({"submit", "urls.csv", "--", "true"}).code == 0);
    const auto lock = FileLock::try_lock(house / ".local/state/batch/state.db.lock", "batchd");
    CHECK(house.ctl({"submit", "urls.csv", "--", "true"}).err.empty());
}

TEST_CASE("with --json submit prints the batch, and that it is new", "[cli][submit]") {
    const Urls house;
    const Said said = house.ctl({"submit", "urls.csv", "--json", "--key", "k", "--", "true"});
    const Json object = parse_json(said.out, "the batch");
    CHECK(object["v"] == 1);
    CHECK(object["id"] == house.batch().id);
    CHECK(object["status"] == "queued");
    CHECK(object["created"] == true);
    CHECK(object["counts"]["total"] == 2);
    const Said again = house.ctl({"submit", "urls.csv", "--json", "--key", "k", "--", "true"});
    CHECK(parse_json(again.out, "the batch")["created"] == false);
}

TEST_CASE("a batch is called after its rows, its command or as one likes", "[cli][submit]") {
    const Urls house;
    const auto name = [&house](const std::vector<std::string>& words) {
        CHECK(house.ctl(words).code == 0);
        return house.batch().name;
    };
    CHECK(name({"submit", "./urls.csv", "--", "true"}) == "urls.csv");
    CHECK(name({"submit", "--args", "a", "--", "/bin/echo"}) == "echo");
    CHECK(name({"submit", "urls.csv", "--name", "my name", "--", "true"}) == "my name");
}

TEST_CASE("labels and --hold are stored", "[cli][submit]") {
    const Urls house;
    CHECK(house
              .ctl({"submit", "urls.csv", "--label", "team=web", "--label", "x=", "--hold", "--",
                    "true"})
              .code == 0);
    const Batch batch = house.batch();
    CHECK(batch.labels == std::map<std::string, std::string>{{"team", "web"}, {"x", ""}});
    CHECK(batch.paused);
    CHECK(house.ctl({"submit", "urls.csv", "--label", "x", "--", "true"}).err ==
          error_text("--label \"x\" is not KEY=VALUE"));
}

TEST_CASE("E9: --timeout is for waiting", "[cli][submit]") {
    const Said said = Urls().ctl({"submit", "urls.csv", "--timeout", "30s", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          error_text("--timeout is how long this command waits, and without --wait it does not "
                     "wait",
                     "for one attempt at one item: --item-timeout 30s"));
}

TEST_CASE("option --start is for waiting", "[cli][submit]") {
    CHECK(Urls().ctl({"submit", "urls.csv", "--start", "--", "true"}).err ==
          error_text("--start is for the time of waiting, and without --wait it does not wait",
                     "both in one: batchctl run"));
}

TEST_CASE("option --wait without a batchd says so at once, and once", "[cli][submit]") {
    const Urls house;
    const Said said =
        house.ctl({"submit", "urls.csv", "--wait", "--timeout", "10ms", "--", "true"});
    CHECK(said.code == 8);
    const std::string warning = "no batchd is running; " + short_of(said) + " is stored";
    const auto first = said.err.find(warning);
    CHECK(first != std::string::npos);
    CHECK(said.err.find(warning, first + 1) == std::string::npos);
}

TEST_CASE("the same key with the same content is the same batch", "[cli][submit]") {
    const Urls house;
    const Said first = house.ctl({"submit", "urls.csv", "--key", "nightly", "--", "true"});
    const Said again =
        house.ctl({"submit", "urls.csv", "--key", "nightly", "-j", "9", "--", "true"});
    CHECK(again.code == 0);
    CHECK(again.out == first.out);
    CHECK(again.err.starts_with("note: nightly exists already (" + short_of(first) +
                                ", queued): nothing was submitted\n"));
    CHECK(house.batches().size() == 1);
    const auto lock = FileLock::try_lock(house / ".local/state/batch/state.db.lock", "batchd");
    CHECK(house.ctl({"submit", "-q", "urls.csv", "--key", "nightly", "--", "true"}).err.empty());
}

TEST_CASE("E15: the same key with other content is a conflict", "[cli][submit]") {
    const Urls house;
    const Said first = house.ctl({"submit", "urls.csv", "--key", "nightly", "--", "true"});
    house.write("urls.csv", "id,url\n1,http://a\n2,http://b\n3,http://c\n");
    const Said said = house.ctl({"submit", "urls.csv", "--key", "nightly", "--", "true"});
    CHECK(said.code == 9);
    CHECK(said.out.empty());
    CHECK(said.err ==
          error_text("key \"nightly\" belongs to " + short_of(first) +
                         ", whose content differs (2 rows then, 3 now); nothing was stored",
                     "keep that batch, or give this one a key of its own: --key nightly-b"));
}

TEST_CASE("E15: other steps are other content, and so is another template", "[cli][submit]") {
    const Urls house;
    house.write("a.txt", "{{ id }}");
    CHECK(house.ctl({"submit", "urls.csv", "--key", "k", "-t", "a.txt"}).code == 0);
    CHECK(house.ctl({"submit", "urls.csv", "--key", "k", "-t", "a.txt"}).code == 0);
    CHECK(house.ctl({"submit", "urls.csv", "--key", "k", "-t", "a.txt", "-d", "x"}).code == 9);
    house.write("a.txt", "{{ url }}");
    CHECK(house.ctl({"submit", "urls.csv", "--key", "k", "-t", "a.txt"}).code == 9);
}

TEST_CASE("a key of a pruned batch still says that the work was done", "[cli][submit]") {
    const Urls house;
    const Said first = house.ctl({"submit", "urls.csv", "--key", "k", "--hold", "--", "true"});
    CHECK(house.ctl({"cancel", "@last"}).code == 0);
    CHECK(house.ctl({"prune", "--keep", "0", "--yes"}).code == 0);
    const Said again = house.ctl({"submit", "urls.csv", "--key", "k", "--hold", "--", "true"});
    CHECK(again.code == 0);
    CHECK(again.out == first.out);
    CHECK(again.err == "note: k exists already (" + short_of(first) +
                           ", pruned since): nothing was submitted\n");
}

TEST_CASE("a key has only characters that are safe everywhere", "[cli][submit]") {
    CHECK(Urls().ctl({"submit", "urls.csv", "--key", "a:b", "--", "true"}).code == 2);
    CHECK(Urls().ctl({"submit", "urls.csv", "--key", std::string(201, 'k'), "--", "true"}).code ==
          2);
    CHECK(Urls().ctl({"submit", "urls.csv", "--key", "a.b_c+d=e@f/g-1", "--", "true"}).code == 0);
}

TEST_CASE("an empty key would hold back no second run", "[cli][submit]") {
    const Said said = Urls().ctl({"submit", "urls.csv", "--key", "", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("the key is empty, so it would hold back no second run",
                                 "is the variable set that it is made of?"));
}

TEST_CASE("durations that make no sense are refused", "[cli][submit]") {
    const Urls house;
    const auto refused = [&house](const std::string& flag, const std::string& value) {
        const Said said = house.ctl({"submit", "urls.csv", flag, value, "--", "true"});
        CHECK(said.code == 2);
        CHECK(said.out.empty());
        return said.err;
    };
    CHECK(refused("--item-timeout", "5") ==
          error_text("--item-timeout: \"5\" is no duration; write 500ms, 30s, 5m, 2h, 7d"));
    CHECK(refused("--item-timeout", "0") ==
          error_text("--item-timeout is 0, and no attempt ends in no time",
                     "for as good as no limit: --item-timeout 30d"));
    CHECK(refused("--backoff", "1m..1s") ==
          error_text("--backoff: in \"1m..1s\" the longest wait is shorter than the shortest",
                     "write: --backoff 1s..1m"));
    CHECK(refused("--backoff", "1s..") ==
          error_text("--backoff: \"1s..\" is no range", "write: --backoff 1s..1m"));
    CHECK(refused("--backoff", "soon") ==
          error_text("--backoff: \"soon\" is no duration; write 500ms, 30s, 5m, 2h, 7d"));
    CHECK(house.batches().empty());
}

TEST_CASE("a refused submission leaves nothing behind", "[cli][submit]") {
    const Urls house;
    CHECK(house.ctl({"submit", "urls.csv", "--", "true"}).code == 0);
    std::string rows = "id,url\n";
    for (int i = 0; i < 30'000; ++i) {
        rows += "1,2\n";
    }
    house.write("many.csv", rows + "broken\n");
    house.write("a.txt", "{{ id }}");
    CHECK(house.ctl({"submit", "many.csv", "-t", "a.txt"}).code == 2);
    CHECK(house.batches().size() == 1);
    CHECK(house.ctl({"doctor", "-q"}).out.find("state") == std::string::npos);
    CHECK_FALSE(house.store()->reading().template_text(
        "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"));
}

TEST_CASE("more workers than there may be are told", "[cli][submit]") {
    const Urls house;
    CHECK(house.ctl({"submit", "urls.csv", "-j", "9999", "--", "true"})
              .err.starts_with("note: -j 9999: at most 64 run at once (workers.max)\n"));
    CHECK_FALSE(
        house.ctl({"submit", "urls.csv", "-j", "64", "--", "true"}).err.starts_with("note"));
}
