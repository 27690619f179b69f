#include "core/os/file.hpp"
#include "core/plugin/jail.hpp"
#include "tests/daemon/workbench.hpp"
#include "tests/support/printing.hpp"

#include <catch2/catch.hpp>

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

}  // namespace
}  // namespace batch
