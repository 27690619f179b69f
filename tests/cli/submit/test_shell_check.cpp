#include "cli/submit/shell_check.hpp"
#include "core/base/error.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::cli;

namespace {

using Words = std::vector<std::string>;

/// The hint's safe form; empty if the command is harmless.
std::string safe_form(const Words& command, const Words& columns = {"a", "b"}) {
    try {
        check_script(command, columns);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        const std::string hint = error.hint();
        return hint.substr(hint.find(": ") + 2);
    }
    return {};
}

}  // namespace

TEST_CASE("a script is found behind every shell, however it is called", "[cli][submit]") {
    for (const Words& command :
         {Words{"sh", "-c", "{a}"}, Words{"/bin/bash", "-c", "{a}"}, Words{"dash", "-ec", "{a}"},
          Words{"env", "X=1", "zsh", "-c", "{a}"}, Words{"/usr/bin/env", "ksh", "-c", "{a}"},
          Words{"bash", "-o", "pipefail", "-c", "{a}"},
          Words{"bash", "-eo", "pipefail", "-c", "{a}"}, Words{"bash", "-c", "-e", "{a}"},
          Words{"bash", "--norc", "-c", "{a}"}, Words{"bash", "--rcfile", "x", "-c", "{a}"},
          Words{"sh", "-c", "--", "{a}"}, Words{"busybox", "sh", "-c", "{a}"},
          Words{"nice", "-n", "5", "sh", "-c", "{a}"},
          Words{"sudo", "-u", "x", "sh", "-c", "echo {a}"}}) {
        CHECK_FALSE(safe_form(command).empty());
    }
}

TEST_CASE("arguments of a script are the safe way, and not refused", "[cli][submit]") {
    CHECK(safe_form({"sh", "-c", "echo \"$1\"", "sh", "{a}"}).empty());
    CHECK(safe_form({"sh", "./script", "-c", "{a}"}).empty());
    CHECK(safe_form({"sh", "-c", "echo { a } $HOME"}).empty());
    CHECK(safe_form({"bash", "-x", "./script", "{a}"}).empty());
    CHECK(safe_form({"curl", "-c", "{a}"}).empty());
    CHECK(safe_form({"sh"}).empty());
    CHECK(safe_form({"sh", "-c"}).empty());
}

TEST_CASE("the safe form uses each value once and keeps what is there", "[cli][submit]") {
    CHECK(safe_form({"sh", "-c", "cmp {a} {b} || cat {a}"}) ==
          R"(sh -c 'cmp "$1" "$2" || cat "$1"' sh {a} {b})");
    CHECK(safe_form({"sh", "-c", "f \"$1\" {a}", "me", "one"}) ==
          R"(sh -c 'f "$1" "$2"' me one {a})");
    CHECK(safe_form({"sh", "-c", "echo '{a}' \"{b}\""}) == R"(sh -c 'echo "$1" "$2"' sh {a} {b})");
}

TEST_CASE("a list of the shell's own is no placeholder unless a column is called that",
          "[cli][submit]") {
    CHECK(safe_form({"sh", "-c", "echo {a,b} ${HOME:-x}"}).empty());
    CHECK_FALSE(safe_form({"sh", "-c", "echo {a,b}"}, {"a,b"}).empty());
    CHECK_FALSE(safe_form({"sh", "-c", "echo {a,b}"}, {}).empty());
}
