#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

#include "tree.hpp"

using namespace batch::testing;

TEST_CASE("plugin list shows every plugin, broken ones with the reason", "[cli][plugin]") {
    const House house;
    house.write_program("plugins/broken", "#!/bin/sh\necho no manifest\n");
    house.write(".config/batch/config.toml",
                "plugins.path = [\"" + (house / "plugins").string() + "\"]\n");
    const Said said = house.ctl({"plugin", "list", "--fields", "name,summary"});
    CHECK(said.code == 0);
    CHECK(said.out.find("exec\tRun a command for each item, without a shell\n") !=
          std::string::npos);
    CHECK(said.out.find("\nbroken\tplugin broken: ") != std::string::npos);
}

TEST_CASE("plugin show tells its options", "[cli][plugin]") {
    const House house;
    const Said said = house.ctl({"plugin", "show", "exec"});
    CHECK(said.code == 0);
    CHECK(said.out.find("\n  command          array ") != std::string::npos);
    CHECK(said.out.find(" - required\n") != std::string::npos);
    CHECK(said.out.find("text|json|none") != std::string::npos);
    CHECK(house.ctl({"plugin", "show", "exec", "--json"}).out.find("\"protocol\":1") !=
          std::string::npos);
}

TEST_CASE("a plugin that is not there is told with the nearest", "[cli][plugin]") {
    const Said said = House().ctl({"plugin", "show", "exce"});
    CHECK(said.code == 3);
    CHECK(said.err.ends_with("hint: did you mean: batchctl plugin show exec\n"));
}

TEST_CASE("plugin new writes an example that keeps the protocol", "[cli][plugin]") {
    const House house;
    CHECK(house.ctl({"plugin", "new", "./shout"}).err ==
          "wrote ./shout; try it: batchctl plugin test ./shout:column=name\n");
    CHECK(house.read("shout") == house.read(BATCH_SOURCE_DIR "/man/examples/shout"));
    const Said said = house.ctl({"plugin", "test", "./shout:column=name"});
    CHECK(said.code == 0);
    CHECK(said.out.starts_with("ok    describe      protocol 1, shout 1.0, 1 option\n"));
    CHECK(said.err == "11 of 11 checks passed\n");
    CHECK(house.ctl({"plugin", "test", "./shout:column=name", "-q"}).out.empty());
    const Said again = house.ctl({"plugin", "new", "./shout"});
    CHECK(again.code == 9);
    CHECK(again.err == error_text("./shout is there already",
                                  "write it under another name: batchctl plugin new ./shout-2"));
}

TEST_CASE("plugin test says what is wrong and how to mend it", "[cli][plugin]") {
    const House house;
    std::string text = house.read(BATCH_SOURCE_DIR "/man/examples/shout");
    text.replace(text.find("for line in"), 0, "print('hello', flush=True)\n");
    house.write_program("shout", text);
    const Said said = house.ctl({"plugin", "test", "./shout:column=name"});
    CHECK(said.code == 1);
    CHECK(said.out.find("FAIL  handshake     line 1 of stdout is no frame: hello\n"
                        "      mend          stdout is for frames; print to stderr: it becomes "
                        "the item's log\n") != std::string::npos);
    CHECK(said.err == "1 of 11 checks passed, 1 failed, 9 not run\n");
}
