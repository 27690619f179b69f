#include "core/base/error.hpp"
#include "core/plugin/catalogue.hpp"
#include "tests/core/plugin/fake_plugin.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace batch;
using namespace batch::testing;
namespace fs = std::filesystem;

namespace {

struct Said {
    ErrorKind kind = ErrorKind::internal;
    std::string message;
    std::string hint;
};

template <typename Action>
Said said(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return {error.kind(), error.what(), error.hint()};
    }
    return {};
}

Said describing(const std::string& script) {
    const TempFolder folder;
    const auto path = write_script(folder, "p", "#!/bin/sh\n" + script + "\n");
    return said([&] { describe_plugin(path); });
}

std::string describes(const std::string& script) {
    return describing(script).message;
}

}  // namespace

TEST_CASE("the first plugin of a name is taken", "[plugin][catalogue]") {
    const TempFolder folder;
    write_script(folder, "a/one", "");
    write_script(folder, "b/one", "");
    write_script(folder, "b/two", "");
    atomic_write(folder / "a/two", "", 0600);  // not executable
    const Catalogue catalogue{{folder / "a", folder / "none", folder / "b"}};
    CHECK(catalogue.find("one") == folder / "a/one");
    CHECK(catalogue.find("two") == folder / "b/two");
    const auto list = catalogue.list();
    REQUIRE(list.size() == 2);
    CHECK(list[0].path == folder / "a/one");
    CHECK(list[1].path == folder / "b/two");
}

TEST_CASE("a misspelt plugin is answered with where and what", "[plugin][catalogue]") {
    const TempFolder folder;
    write_script(folder, "home/x/plugins/shout", "");
    const Catalogue catalogue{{"/usr/libexec/none", folder / "home/x/plugins"}, folder / "home"};
    const Said wrong = said([&] { catalogue.find("shuot", {.rest = ":column=name"}); });
    CHECK(wrong.kind == ErrorKind::not_found);
    CHECK(wrong.message ==
          "there is no plugin \"shuot\"; looked in /usr/libexec/none, ~/x/plugins");
    CHECK(wrong.hint == "did you mean: --step shout:column=name");
    CHECK(said([&] { catalogue.find("pdf2"); }).hint ==
          "see which there are: batchctl plugin list");
}

TEST_CASE("a name cannot lead out of the folders", "[plugin][catalogue]") {
    const TempFolder folder;
    write_script(folder, "a/plugins/one", "");
    write_script(folder, "a/evil", "");
    const Catalogue catalogue{{folder / "a/plugins"}};
    CHECK(said([&] { catalogue.find("../evil"); }).kind == ErrorKind::not_found);
    CHECK(catalogue.find_or_path((folder / "a/evil").native()) == folder / "a/evil");
    CHECK(said([&] { catalogue.find_or_path("./nothing"); }).message ==
          "there is no plugin ./nothing");
}

TEST_CASE("a plugin that may not be executed is said to be so", "[plugin][catalogue]") {
    const TempFolder folder;
    atomic_write(folder / "mine", "#!/bin/sh\n", 0600);
    const Catalogue catalogue{{folder.path()}};
    for (const std::string& name : {std::string{"mine"}, (folder / "mine").native()}) {
        const Said wrong = said([&] { catalogue.find_or_path(name); });
        CHECK(wrong.kind == ErrorKind::permission);
        CHECK(wrong.message == "the plugin " + (folder / "mine").native() + " may not be executed");
        CHECK(wrong.hint == "make it executable: chmod +x " + (folder / "mine").native());
    }
    CHECK(catalogue.list().empty());
}

TEST_CASE("a plugin describes itself, in one line or several", "[plugin][catalogue]") {
    const TempFolder folder;
    const auto path = write_script(folder, "p",
                                   "#!/bin/sh\n[ \"$1\" = --describe ] || exit 1\n"
                                   "echo to stderr >&2\n"
                                   "printf '{\"protocol\":1,\\n\"name\":\"p\"}'\n");
    CHECK(describe_plugin(path).name == "p");
}

TEST_CASE("what is wrong with a description is said", "[plugin][catalogue]") {
    CHECK_THAT(describes("echo hello"),
               Catch::StartsWith("plugin p: the manifest is not valid JSON: line 1"));
    CHECK(describes("echo 'no module jinja2' >&2; exit 3") ==
          "plugin p: it does not describe itself: exit code 3: no module jinja2");
    CHECK(describes("kill -SEGV $$") == "plugin p: it does not describe itself: killed by SEGV");
    CHECK(describes("head -c 2000000 /dev/zero | tr '\\0' x") ==
          "plugin p: it does not describe itself: it prints more than 1 MiB");
    CHECK(said([] { describe_plugin("/no/such/plugin"); }).kind == ErrorKind::not_found);
}

TEST_CASE("a plugin that was ended while it described itself may do so later",
          "[plugin][catalogue]") {
    const Said said = describing("kill -KILL $$");
    CHECK(said.kind == ErrorKind::unavailable);
    CHECK(said.message == "plugin p: it does not describe itself now: killed by KILL");
}

TEST_CASE("the folders of plugins have an order", "[plugin][catalogue]") {
    const auto folders = plugin_folders("/home/ada/.local/share/batch", {"/opt/p", "/opt/p"});
    REQUIRE(folders.size() == 4);
    CHECK(folders[0].native().ends_with("libexec/batch/plugins"));
    CHECK(folders[1] == "/usr/local/libexec/batch/plugins");
    CHECK(folders[2] == "/home/ada/.local/share/batch/plugins");
    CHECK(folders[3] == "/opt/p");
    CHECK(plugin_folders("", {}).size() == 2);
}
