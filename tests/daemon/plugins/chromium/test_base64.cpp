#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "daemon/plugins/chromium/base64.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace batch;
using namespace batch::testing;

namespace {

std::string saved(const std::string& base64) {
    const TempFolder folder;
    chromium::save_base64(base64, folder / "a");
    CHECK_FALSE(std::filesystem::exists(folder / "a.part"));
    return read_file(folder / "a", 100'000'000);
}

}  // namespace

TEST_CASE("base64 becomes bytes, with and without its filling", "[plugins][chromium]") {
    CHECK(saved("") == "");
    CHECK(saved("Zg==") == "f");
    CHECK(saved("Zm8=") == "fo");
    CHECK(saved("Zm9v") == "foo");
    CHECK(saved("Zm9vYg") == "foob");
    CHECK(saved("Zm9vYmE") == "fooba");
    CHECK(saved("AP/+/w==") == std::string("\0\xff\xfe\xff", 4));
}

TEST_CASE("base64 of any length is saved whole", "[plugins][chromium]") {
    std::string text;
    std::string bytes;
    for (int i = 0; i < 150'000; ++i) {  // more than one piece
        text += "YWJj";
        bytes += "abc";
    }
    CHECK(saved(text) == bytes);
    CHECK(saved(text + "ZA==") == bytes + "d");
}

TEST_CASE("what is not base64 leaves no file", "[plugins][chromium]") {
    const auto text = GENERATE("Zm9v!m9v", "Zm9vZ", "Zm9 v", "Zm\n9v");
    const TempFolder folder;
    CHECK_THROWS_AS(chromium::save_base64(text, folder / "a"), Error);
    CHECK_FALSE(std::filesystem::exists(folder / "a"));
}
