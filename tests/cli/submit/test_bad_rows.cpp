#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch::testing;

namespace {

struct BadRows {
    std::string file;
    std::string text;
    std::string said;  ///< behind the file's name
    std::string hint = {};
};

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

const std::string with_nul("id,url\n1,a\0b\n", 13);

const std::vector<BadRows> cases{
    {"a.csv", "\n1\n", ":1: error: the first line is empty; it has to name the columns"},
    {"a.csv", "id,\n1,2\n", ":1: error: column 2 has no name"},
    {"a.csv", "id,url,id\n1,2,3\n", R"(:1: error: two columns are called "id")"},
    {"a.csv", "id,url\n1,2,3\n", ":2: error: 3 fields, the header has 2 (id, url)"},
    {"a.csv", "id,url\n\n1,2\n", ":2: error: an empty line, the header has 2 (id, url)"},
    {"a.csv", "id,url\n1,\"a\"b\n", ":2:6: error: text behind the closing quote"},
    {"a.csv", "id,url\n1,\"a\n\nb\n", ":2:3: error: this quote is never closed"},
    {"a.csv", with_nul, ":2:4: error: byte 4 is a NUL character"},
    {"a.csv", "id,url\n1,\xFC\n", ":2:3: error: byte 3 is not UTF-8 (0xFC)",
     "convert it: iconv -f WINDOWS-1252 -t UTF-8 a.csv >a-utf8.csv"},
    {"a.csv", "\xFF\xFEi", ":1:1: error: byte 1 is not UTF-8 (0xFF)",
     "convert it: iconv -f UTF-16 -t UTF-8 a.csv >a-utf8.csv"},
    {"a.csv", "id,url\n1," + std::string(std::size_t{1} << 20U, 'x') + "\n",
     ":2: error: this row has more than 1 MiB",
     "put its text in a file and give the file's name as a column"},
    {"a.tsv", "id\turl\n1\n", ":2: error: 1 field, the header has 2 (id, url)"},
    {"a.txt", with_nul, ":2:4: error: byte 4 is a NUL character"},
    {"a.ndjson", "{\"a\":1}\n{a:1}\n", ":2:2: error: not valid JSON: invalid literal"},
    {"a.ndjson", "{\"a\":1}{\"b\":2}\n",
     ":1:8: error: not valid JSON: unexpected '{'; expected end of input"},
    {"a.ndjson", repeated("[", 65) + repeated("]", 65) + "\n",
     ":1:65: error: not valid JSON: nested more than 64 levels deep",
     "if the whole file is one array: --rows-format json"},
    {"a.json", "[{\"a\":1},", ":1:10: error: the array is never closed"},
    {"a.json", "{\"a\":1}", ":1:1: error: not a JSON array, which begins with [",
     "if each line is an object: --rows-format ndjson"},
};

}  // namespace

TEST_CASE("rows that cannot be read are told with their place, and nothing is stored",
          "[cli][submit]") {
    const auto index = GENERATE(range(std::size_t{0}, cases.size()));
    const BadRows& bad = cases[index];
    const House house;
    house.write(bad.file, bad.text);
    const Said said = house.ctl({"submit", bad.file, "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.out.empty());
    CHECK(said.err ==
          bad.file + bad.said + "\n" + error_text("1 problem, nothing was stored", bad.hint));
    CHECK(house.batches().empty());
}

TEST_CASE("rows are read with a mark in front, with any line end and without the last one",
          "[cli][submit]") {
    const House house;
    for (const std::string file : {"a.csv", "a.ndjson", "a.txt", "a.json"}) {
        const std::string text = file == "a.csv"      ? "id,url\r\n1,a\r\n2,\"b\r\nc\""
                                 : file == "a.ndjson" ? "{\"id\":1}\r\n\r\n{\"id\":2}"
                                 : file == "a.txt"    ? "one\r\n\r\ntwo"
                                                      : "[1,\r\n2]";
        house.write(file, "\xEF\xBB\xBF" + text);
        const Said said = house.ctl({"submit", "-n", file, "--", "true"});
        INFO(file << said.err);
        CHECK(said.code == 0);
        CHECK(said.out.find(": 2 items") != std::string::npos);
    }
}

TEST_CASE("a wide table and a cell that looks like a formula are rows like others",
          "[cli][submit]") {
    const House house;
    std::string header = "c0";
    std::string row = "=cmd|' /C calc'!A0";
    for (int i = 1; i < 20'000; ++i) {
        header += ",c" + std::to_string(i);
        row += ",";
    }
    house.write("wide.csv", header + "\n" + row + "\n");
    CHECK(house.ctl({"submit", "wide.csv", "--", "echo", "{c0}", "{c19999}"}).code == 0);
    CHECK(house.batch().counts.total == 1);
}
