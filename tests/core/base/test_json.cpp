#include "core/base/error.hpp"
#include "core/base/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace batch;

namespace {

std::string as_json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string nested(std::size_t depth, const std::string& core) {
    return std::string(depth, '[') + core + std::string(depth, ']');
}

}  // namespace

TEST_CASE("a JSON tree keeps the order of its keys", "[base][json]") {
    CHECK(dump(parse_json(R"({"z":1,"a":[true,null],"m":"ü"})", "x")) ==
          R"({"z":1,"a":[true,null],"m":"ü"})");
}

TEST_CASE("broken JSON is bad input with its place", "[base][json]") {
    CHECK_THROWS_WITH(parse_json("{\n \"ü\": nul}", "the manifest"),
                      "the manifest is not valid JSON: line 2, column 10: invalid literal");
    CHECK_THROWS_WITH(parse_json(nested(65, ""), "x"),
                      "x is not valid JSON: line 1, column 65: nested more than 64 levels deep");
    CHECK_THROWS_AS(parse_json(nested(200'000, ""), "x"), Error);
    CHECK_THROWS_AS(parse_json("", "x"), Error);
    CHECK_THROWS_AS(parse_json("1e400", "x"), Error);
    CHECK_THROWS_AS(parse_json("\"\xFF\"", "x"), Error);
    CHECK_THROWS_AS(parse_json(std::string_view("1\0x", 3), "x"), Error);
    CHECK_NOTHROW(parse_json(nested(64, "1"), "x"));
}

TEST_CASE("dump never throws", "[base][json]") {
    CHECK(dump(Json("a\xFF")) == "\"a\xEF\xBF\xBD\"");
}

TEST_CASE("texts become JSON strings and come back", "[base][json]") {
    CHECK(as_json("") == "\"\"");
    CHECK(as_json("a\"b\\c\n\r\t\x01\x1f/ü") == R"("a\"b\\c\n\r\t\u0001\u001f/ü")");
    std::string all;
    for (char c = 0; c < 127; ++c) {
        all += c;
    }
    CHECK(json_text(as_json(all)) == all);
    CHECK(Json::parse(as_json(all)).get<std::string>() == all);
}

TEST_CASE("what must be escaped is found at every place of a text", "[base][json]") {
    const std::string plain = "aÿ ~\x7f\x80\xff!#[]aÿ ~\x7f";
    for (std::size_t place = 0; place <= plain.size(); ++place) {
        for (const char c : {'"', '\\', '\x00', '\x01', '\x1f'}) {
            std::string text = plain;
            text.insert(place, 1, c);
            const std::string json = as_json(text);
            CHECK(json_text(json) == text);
            CHECK(json.size() == text.size() + (c < 0x20 ? 7U : 3U));
        }
    }
}

TEST_CASE("raw JSON strings are decoded", "[base][json]") {
    CHECK(json_text(R"("plain")") == "plain");
    CHECK(json_text(R"("\u0041\u00fc\u20AC\ud83d\ude00\b\f\/")") == "Aü€😀\b\f/");
    CHECK(json_text(R"("\ud800x\udc00\ud800\u0041")") == "\uFFFDx\uFFFD\uFFFDA");
    CHECK(json_text("12.5") == "12.5");
    CHECK(json_text("") == "");
    CHECK(json_text("\"") == "\"");
    CHECK(json_text("\"\\\"") == "\\");
    CHECK(json_text("\"\\u1\"") == "\uFFFD");
}

TEST_CASE("the members of an object are slices of it", "[base][json]") {
    std::vector<std::string> members;
    const auto keep = [&](std::string_view key, std::string_view value) {
        members.push_back(std::string(key) + "=" + std::string(value));
    };
    for_each_member(R"( { "a" : "x\"},{\\" , "b\"":{"c":[1,"]}"]}, "d":-1.5e3,"e":null,"":[] } )",
                    keep);
    CHECK(members == std::vector<std::string>{R"("a"="x\"},{\\")", R"("b\""={"c":[1,"]}"]})",
                                              R"("d"=-1.5e3)", R"("e"=null)", R"(""=[])"});
    members.clear();
    for (const auto* other : {"{}", " { } ", "[{\"a\":1}]", "\"{\"", "12", ""}) {
        for_each_member(other, keep);
    }
    CHECK(members.empty());
}

TEST_CASE("a scan of broken JSON stays within the text", "[base][json]") {
    const std::string text = R"({"a\"":{"b":["c",1]},"d":"e\\"})";
    for (std::size_t size = 0; size < text.size(); ++size) {
        const std::string part = text.substr(0, size);
        for_each_member(part, [&](std::string_view key, std::string_view value) {
            CHECK(key.data() + key.size() <= part.data() + part.size());
            CHECK(value.data() + value.size() <= part.data() + part.size());
        });
    }
}
