#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::testing;

namespace {

/// Three students, two of one name, and a template.
struct School : House {
    School() {
        write_students({"Anna Schmidt,7a,1", "Ada,7a,2", "Anna Schmidt,7b,3"});
        write("card.txt", "{{ name }}\n");
    }

    Said submit(std::vector<std::string> more) const {
        more.insert(more.begin(), {"submit", "students.csv", "-t", "card.txt"});
        return ctl(more);
    }

    /// The numbers that make names unique, by index.
    std::vector<int> suffixes() const {
        const auto state = store();
        state->working().take_over({.boot_id = "b", .pid = 1, .start_time = 1, .version = "1"}, {});
        const auto work = state->working().begin();
        std::vector<int> all;
        for (const Claimed& item : work->claim(batch().no, 100, 1'000'000)->items) {
            all.push_back(item.suffix);
        }
        return all;
    }
};

}  // namespace

TEST_CASE("E3: two rows with one name are told, with a way out", "[cli][submit]") {
    const School house;
    const Said said = house.submit({"-o", "{name}"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          "students.csv:2: error: \"Anna Schmidt.txt\" would also be the output of line 4\n" +
              error_text("1 problem, nothing was stored",
                         "tell them apart with another column: -o '{name} {class}', or number "
                         "them: --on-collision suffix"));
    CHECK(house.batches().empty());
}

TEST_CASE("E3: the other column stands before a typed extension", "[cli][submit]") {
    CHECK(School().submit({"-o", "{name}.txt"}).err.find("-o '{name} {class}.txt'") !=
          std::string::npos);
}

TEST_CASE("E3: items without lines are named by their number", "[cli][submit]") {
    const House house;
    const Said said = house.ctl({"submit", "--args", "a", "a", "-o", "{}", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          error_text("item 0: \"a\" would also be the output of item 1; nothing was stored",
                     "number them: --on-collision suffix"));
}

TEST_CASE("overwrite never lets one item replace another's output", "[cli][submit]") {
    CHECK(School().submit({"-o", "{name}", "--on-collision", "overwrite"}).code == 2);
}

TEST_CASE("with suffix they are numbered in the order of the rows", "[cli][submit]") {
    const School house;
    CHECK(house.submit({"-o", "{name}", "--on-collision", "suffix"}).code == 0);
    CHECK(house.suffixes() == std::vector<int>{0, 0, 2});
}

TEST_CASE("numbers go around names and files that are there", "[cli][submit]") {
    const School house;
    house.write_students({"a,1,1", "a (2),1,1", "a,1,1", "b,1,1"});
    house.write("out/b.txt", "");
    house.write("out/b (2).txt", "");
    CHECK(house.submit({"-o", "{name}", "-d", "out", "--on-collision", "suffix"}).code == 0);
    CHECK(house.suffixes() == std::vector<int>{0, 0, 3, 3});
}

TEST_CASE("E4: files that are there already are told before anything is stored", "[cli][submit]") {
    const School house;
    house.write("out/Ada 7a.txt", "");
    house.write("out/Anna Schmidt 7b.txt", "");
    const Said said = house.submit({"-o", "{name} {class}", "-d", "./out"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("2 of 3 outputs are already in ./out, the first is "
                                 "\"Ada 7a.txt\"; nothing was stored",
                                 "replace them: --on-collision overwrite"));
    CHECK(house.batches().empty());
    CHECK(
        house.submit({"-o", "{name} {class}", "-d", "./out", "--on-collision", "overwrite"}).code ==
        0);
}

TEST_CASE("E4: also where the index is the name", "[cli][submit]") {
    const School house;
    house.write("out/1.txt", "");
    CHECK(house.submit({"-d", "out"})
              .err.find("1 of 3 outputs are already in out, the first is "
                        "\"1.txt\"") != std::string::npos);
}

TEST_CASE("the key of an item makes a name of its own", "[cli][submit]") {
    CHECK(School().submit({"-o", "{@key}"}).code == 0);
}

TEST_CASE("a folder for all is no place for a column", "[cli][submit]") {
    const School house;
    const Said said = house.submit({"-d", "out/{class}"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("--deliver is one folder for all items, {class} is not filled in "
                                 "there; nothing was stored",
                                 "folders by a column: -o '{class}/{@index}'"));
}

TEST_CASE("a name does not lead out of the folder of the outputs", "[cli][submit]") {
    const School house;
    for (const std::string name : {"../{name}", "a/../../{name}", "/srv/{name}"}) {
        const Said said = house.submit({"-o", name});
        CHECK(said.code == 2);
        CHECK(said.err == error_text("the name \"" + name +
                                         "\" leads out of the folder of the "
                                         "outputs; nothing was stored",
                                     "another folder is named by: --deliver DIR"));
    }
    CHECK(house.submit({"-n", "-o", "..{name}{class}/{points}"}).code == 0);
}

TEST_CASE("a name that no path can hold is told with its line", "[cli][submit]") {
    const School house;
    std::string folders;
    for (int i = 0; i < 1'600; ++i) {
        folders += "d/";
    }
    CHECK(house.submit({"-o", folders + "{points}"})
              .err.starts_with("students.csv:2: error: its output's name has 3,205 bytes, 3,000 "
                               "fit into a path\n"));
}

TEST_CASE("a folder is a target once", "[cli][submit]") {
    const School house;
    CHECK(house.submit({"-d", "out", "-d", "out"}).err ==
          error_text("--deliver out is given twice; nothing was stored"));
    CHECK(house.submit({"-d", "out", "-d", "./x/../out/"}).err ==
          error_text("--deliver out and ./x/../out/ are one folder; nothing was stored"));
}

TEST_CASE("E4 names the folder that has the file", "[cli][submit]") {
    const School house;
    house.write("b/1.txt", "");
    CHECK(house.submit({"-d", "a", "-d", "b"})
              .err.find("1 of 3 outputs are already in b, the first is \"1.txt\"") !=
          std::string::npos);
}

TEST_CASE("what is no folder cannot be delivered into", "[cli][submit]") {
    const School house;
    const Said said = house.submit({"-d", "card.txt/x"});
    CHECK(said.code == 2);
    CHECK(said.err.find("cannot deliver into card.txt/x: ") != std::string::npos);
    CHECK(house.submit({"-d", "s3://bucket/x"}).err.find("--deliver knows no \"s3://bucket/x\"") !=
          std::string::npos);
}

TEST_CASE("a kind that is unknown is not taken for a folder", "[cli][submit]") {
    const School house;
    CHECK(house.submit({"-d", "drve:1AbC"}).err ==
          error_text("--deliver knows no \"drve:1AbC\"; nothing was stored",
                     "of Drive: --deliver drive:1AbC; a folder of that name: --deliver "
                     "./drve:1AbC"));
    CHECK(house.submit({"-d", "GDrive:1AbC"}).err ==
          error_text("--deliver knows no \"GDrive:1AbC\"; nothing was stored",
                     "of Drive: --deliver drive:1AbC; a folder of that name: --deliver "
                     "./GDrive:1AbC"));
    CHECK(house.submit({"-d", "host:out"}).err ==
          error_text("--deliver knows no \"host:out\"; nothing was stored",
                     "a folder of that name: --deliver ./host:out"));
    CHECK(house.submit({"-n", "-d", "./drve:1AbC", "-d", "a/b:c"}).code == 0);
    house.write("host:out/there", "");  // what is there changes nothing
    CHECK(house.submit({"-n", "-d", "host:out"}).code == 2);
}

TEST_CASE("an account needs a delivery that uses it", "[cli][submit]") {
    const School house;
    const Said said = house.submit({"-d", "out", "--account", "work"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("--account work is for Drive, and nothing is delivered there; "
                                 "nothing was stored",
                                 "deliver there: -d drive:ID, in a job file: deliver = "
                                 "\"drive:ID\""));
}

TEST_CASE("braces of the folder we are in are no placeholders", "[cli][submit]") {
    const School house;
    house.write("{name}/rows.csv", "a\n1\n");
    std::filesystem::current_path(house / "{name}");
    CHECK(house.ctl({"submit", "rows.csv", "-d", "out", "--", "true"}).code == 0);
}
