#include "core/config/folders.hpp"

#include <catch2/catch.hpp>

namespace batch {

TEST_CASE("the XDG variables say where the folders are", "[config][folders]") {
    const Environment environment{{"HOME", "/home/ada"}, {"XDG_STATE_HOME", "/s"}};
    const Folders places = folders(Mode::user, environment);
    CHECK(places.state == "/s/batch");
    CHECK(places.config == "/home/ada/.config/batch");
    CHECK(places.data == "/home/ada/.local/share/batch");
}

TEST_CASE("an XDG variable that is no absolute path counts as not set", "[config][folders]") {
    const auto value = GENERATE("", "relative/state");
    const Environment environment{{"HOME", "/home/ada"}, {"XDG_STATE_HOME", value}};
    CHECK(folders(Mode::user, environment).state == "/home/ada/.local/state/batch");
}

TEST_CASE("without HOME the home of the account is taken", "[config][folders]") {
    CHECK(folders(Mode::user, {}).home.is_absolute());
}

TEST_CASE("a tilde is the home folder, only at the beginning", "[config][folders]") {
    CHECK(expand_home("~", "/h") == "/h");
    CHECK(expand_home("~/x", "/h") == "/h/x");
    CHECK(expand_home("/a/~", "/h") == "/a/~");
    CHECK(expand_home("~bob/x", "/h") == "~bob/x");
}

TEST_CASE("messages write the home folder as a tilde", "[config][folders]") {
    CHECK(shorten_home("/h/x", "/h") == "~/x");
    CHECK(shorten_home("/home2/x", "/home") == "/home2/x");
    CHECK(shorten_home("/x", "/") == "/x");
}

}  // namespace batch
