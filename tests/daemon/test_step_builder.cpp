#include "core/os/file.hpp"
#include "core/plugin/jail.hpp"
#include "tests/daemon/workbench.hpp"
#include "tests/support/printing.hpp"

#include <catch2/catch.hpp>

#include "tree.hpp"

namespace batch {
namespace {

const Step jailed{.plugin = "chaos_jailed"};

bool can_jail() {
    if (const auto problem = jail_problem()) {
        WARN("not run, bubblewrap does not work here: " << *problem);
        return false;
    }
    return true;
}

TEST_CASE("a jailed plugin works in the folders of its batch and sees no other's",
          "[daemon][step_builder]") {
    if (!can_jail()) {
        return;
    }
    Workbench bench;
    const auto other = bench.root() / "outputs/other";
    ensure_dir(other);
    atomic_write(bench.root() / "secret", "");
    const std::string paths =
        "\"/usr\",\"" + other.string() + "\",\"" + (bench.root() / "secret").string() + "\"";
    const std::string id = bench.submit({jailed}, {R"({"do":"see","paths":[)" + paths + "]}"});
    bench.work_off();
    REQUIRE(bench.batch(id).status == BatchStatus::done);
    CHECK(read_file(bench.root() / "outputs" / id / "0/00.txt", 1000) == "/usr");
}

TEST_CASE("a jailed plugin reads what the step before has left", "[daemon][step_builder]") {
    if (!can_jail()) {
        return;
    }
    Workbench bench;
    const std::string id =
        bench.submit({shell("echo a >\"$BATCH_OUTPUT_DIR/a.txt\""), jailed}, {R"({"do":"copy"})"});
    bench.work_off();
    CHECK(bench.items(id).at(0).output.find(R"("text":"a\n")") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(bench.root() / "outputs" / id));
}

TEST_CASE("a batch is not given up because its plugin was ended while it described itself",
          "[daemon][step_builder]") {
    Workbench bench;
    const auto plugin = bench.root() / "once";
    atomic_write(
        plugin,
        "#!/bin/sh\n"
        "if [ \"$1\" = --describe ] && mkdir \"$0.seen\" 2>/dev/null; then kill -KILL $$; fi\n"
        "exec '" BATCH_BINARY_DIR "/tests/data/batch/plugins/echo' \"$@\"\n",
        0700);
    const std::string id = bench.submit({{.plugin = plugin.string()}}, {"{}"});
    bench.work_off();
    CHECK(bench.batch(id).status == BatchStatus::done);
}

}  // namespace
}  // namespace batch
