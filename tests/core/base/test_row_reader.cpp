#include "core/base/row_reader.hpp"
#include "tests/support/rows.hpp"

#include <catch2/catch.hpp>

using namespace batch;

namespace {

/// Makes a file of any length without having it in memory.
class Repeated : public ByteSource {
public:
    Repeated(std::string first, std::string line, std::size_t lines)
        : piece_(std::move(first)), line_(std::move(line)), lines_(lines) {}

    std::size_t read(char* to, std::size_t size) override {
        if (piece_.empty() && lines_ > 0) {
            piece_ = line_;
            --lines_;
        }
        const std::size_t count = piece_.copy(to, size);
        piece_.erase(0, count);
        return count;
    }

private:
    std::string piece_;
    std::string line_;
    std::size_t lines_;
};

Error error_of(const std::string& text) {
    try {
        TextSource source(text);
        const auto reader = open_rows(RowsFormat::csv, source, "my files/a.csv");
        Row row;
        reader->next(row);
    } catch (const Error& error) {
        return error;
    }
    return {ErrorKind::internal, "no error"};
}

}  // namespace

TEST_CASE("the format of rows follows from the file's name", "[base][rows]") {
    CHECK(format_of_name("a.csv") == RowsFormat::csv);
    CHECK(format_of_name("dir.csv/A.TSV") == RowsFormat::tsv);
    CHECK(format_of_name("a.ndjson") == RowsFormat::ndjson);
    CHECK(format_of_name("a.jsonl") == RowsFormat::ndjson);
    CHECK(format_of_name("a.json") == RowsFormat::json);
    CHECK(format_of_name("a.txt") == RowsFormat::lines);
    CHECK_FALSE(format_of_name("a.xlsx"));
    CHECK_FALSE(format_of_name("csv"));
    CHECK_FALSE(format_of_name(""));
}

TEST_CASE("formats of rows have words", "[base][rows]") {
    for (const auto* word : {"csv", "tsv", "ndjson", "json", "lines"}) {
        CHECK(word_of(parse_rows_format(word)) == word);
    }
    CHECK_THROWS_WITH(parse_rows_format("xls"),
                      "\"xls\" is no format of rows; write csv, tsv, ndjson, json, lines");
}

TEST_CASE("a row that is wrong is bad input with something to do about it", "[base][rows]") {
    const Error latin = error_of("a,b\n\xE9,1\n");
    CHECK(latin.kind() == ErrorKind::bad_input);
    CHECK(latin.hint() ==
          "convert it: iconv -f WINDOWS-1252 -t UTF-8 'my files/a.csv' >'my files/a-utf8.csv'");
    const Error wide =
        error_of(std::string("\xFF\xFE"
                             "a\0,\0b\0\n\0",
                             10));
    CHECK(wide.hint() ==
          "convert it: iconv -f UTF-16 -t UTF-8 'my files/a.csv' >'my files/a-utf8.csv'");
    const Error large = error_of("a,b\n1," + std::string(2U << 20U, 'x') + "\n");
    CHECK(large.hint() == "put its text in a file and give the file's name as a column");
    CHECK(large.place() == Place{.file = "my files/a.csv", .line = 2, .column = 0});
}

TEST_CASE("a row's memory is used again", "[base][rows]") {
    Repeated source("name,class\n", "Ada Lovelace,\"7a\"\n", 1000);
    const auto reader = open_rows(RowsFormat::csv, source, "f");
    Row row;
    REQUIRE(reader->next(row));
    const char* const memory = row.payload.data();
    std::size_t count = 1;
    for (; reader->next(row); ++count) {
        REQUIRE(row.payload.data() == memory);
        REQUIRE(row.line == count + 2);
    }
    CHECK(count == 1000);
    CHECK_FALSE(reader->next(row));
}
