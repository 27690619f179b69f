#include "core/base/utf8.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("the first byte that is not UTF-8 is found", "[base][utf8]") {
    CHECK_FALSE(utf8_error_offset(""));
    CHECK_FALSE(utf8_error_offset("aü€😀\x7F"));
    CHECK(utf8_error_offset("a\xE9") == 1U);
    CHECK(utf8_error_offset("\x80") == 0U);
    CHECK(utf8_error_offset("ab\xC0\x80") == 2U);        // overlong
    CHECK(utf8_error_offset("ab\xE0\x80\x80") == 2U);    // overlong
    CHECK(utf8_error_offset("\xF0\x80\x80\x80") == 0U);  // overlong
    CHECK(utf8_error_offset("ü\xED\xA0\x80") == 2U);     // a surrogate
    CHECK(utf8_error_offset("\xF4\x90\x80\x80") == 0U);  // above U+10FFFF
    CHECK(utf8_error_offset("\xF8\x88\x80\x80\x80") == 0U);
    CHECK(utf8_error_offset("a\xE2\x82") == 1U);  // cut off
    CHECK(utf8_error_offset("\xE2\x82"
                            "a") == 0U);
    CHECK_FALSE(is_utf8("\xFF"));
    CHECK(is_utf8("ü"));
}

TEST_CASE("code points go to UTF-8 and back", "[base][utf8]") {
    for (const char32_t value : {U'a', U'\u007f', U'\u0080', U'ü', U'\u07ff', U'\u0800', U'€',
                                 U'\uffff', U'\U00010000', U'😀', U'\U0010ffff'}) {
        std::string text;
        append_utf8(text, value);
        const CodePoint point = front_code_point(text + "x");
        CHECK(point.valid);
        CHECK(point.value == value);
        CHECK(point.size == text.size());
    }
    CHECK(count_characters("aü€😀") == 4);
}

TEST_CASE("the width on a terminal counts columns", "[base][utf8]") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("äöü€") == 4);
    CHECK(display_width("e\xCC\x81") == 1);
    CHECK(display_width("日本語") == 6);
    CHECK(display_width("한국") == 4);
    CHECK(display_width("😀✅") == 4);
    CHECK(display_width("\xE2\x80\x8B") == 0);
    CHECK(display_width("✓…→") == 3);
    CHECK(display_width("\n\x1b") == 0);
    CHECK(display_width("\xFF") == 1);
    CHECK(display_width("") == 0);
}

TEST_CASE("a text is clipped at whole characters", "[base][utf8]") {
    CHECK(clipped("abc", 3) == "abc");
    CHECK(clipped("abc", 2) == "ab");
    CHECK(clipped("日本", 3) == "日");
    CHECK(clipped("e\xCC\x81x", 1) == "e\xCC\x81");
    CHECK(clipped("ü", 0).empty());
    CHECK(clipped("", 5).empty());
}

TEST_CASE("so many bytes are no half character", "[base][utf8]") {
    CHECK(front_bytes("a\u00e4\u20ac", 9) == "a\u00e4\u20ac");
    CHECK(front_bytes("a\u00e4\u20ac", 5) == "a\u00e4");
    CHECK(front_bytes("a\u00e4\u20ac", 3) == "a\u00e4");
    CHECK(front_bytes("a\u00e4\u20ac", 2) == "a");
    CHECK(front_bytes("a\u00e4\u20ac", 0).empty());
    CHECK(front_bytes("a\x80\x80\x80\x80\x80\x80", 6).size() == 6);
}

TEST_CASE("hostile characters cannot drive the terminal", "[base][utf8]") {
    CHECK(printable("Ada Lovelace ü€😀") == "Ada Lovelace ü€😀");
    CHECK(printable("a\x1b[31mb\x07") == "a\\x1b[31mb\\x07");
    CHECK(printable("a\nb\r\tc") == "a\\nb\\r\\tc");
    CHECK(printable("\xC2\x9B"
                    "31m") == "\\u009b31m");
    CHECK(printable("a\xE2\x80\xAE"
                    "b") == "a\\u202eb");
    CHECK(printable("\xE9\x7F") == "\\xe9\\x7f");
    CHECK(printable(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("several lines stay lines, and JSON stays JSON", "[base][utf8]") {
    CHECK(printable_lines("a\tb\nc\x1b[2J\r\n") == "a\tb\nc\\x1b[2J\\r\n");
    CHECK(printable_lines("{\"a\":\"\x7F\xC2\x9B\xE2\x80\xAE\"}\n") ==
          "{\"a\":\"\\u007f\\u009b\\u202e\"}\n");
    CHECK(printable_lines("\xFF") == "\\xff");
}
