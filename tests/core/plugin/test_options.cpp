#include "core/base/error.hpp"
#include "core/plugin/options.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace batch;

namespace {

Manifest manifest_with(const std::string& name, const std::string& schema) {
    return parse_manifest(R"({"protocol":1,"name":")" + name + R"(","options":)" + schema + "}");
}

const Manifest& shout() {
    static const Manifest manifest =
        manifest_with("shout", R"({"type":"object","properties":{"column":{"type":"string"}},)"
                               R"("required":["column"],"additionalProperties":false})");
    return manifest;
}

const Manifest& chromium() {
    static const Manifest manifest = manifest_with(
        "chromium", R"({"type":"object","additionalProperties":false,"properties":{)"
                    R"("paper":{"type":"string","enum":["A3","A4","A5","Letter"],"default":"A4"},)"
                    R"("landscape":{"type":"boolean","default":false},)"
                    R"("scale":{"type":"number","minimum":0.1,"maximum":2,"default":1},)"
                    R"("copies":{"type":"integer"},)"
                    R"("codes":{"type":"array","items":{"type":"integer"}},)"
                    R"("env":{"type":"object","additionalProperties":{"type":"string"}}}})");
    return manifest;
}

const Typed typed{.flag = "--step", .outcome = "nothing was stored"};

std::string parsed(const std::string& text, const Manifest& manifest) {
    return dump(options_of(parse_plugin_argument(text, typed), manifest, typed));
}

struct Said {
    std::string message;
    std::string hint;

    bool operator==(const Said&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Said& said) {
    return out << said.message << " / " << said.hint;
}

Said said(const std::string& text, const Manifest& manifest) {
    try {
        parsed(text, manifest);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        return {error.what(), error.hint()};
    }
    return {"none", ""};
}

}  // namespace

TEST_CASE("options are typed by the manifest", "[plugin][options]") {
    CHECK(parsed("chromium", chromium()) == "{}");
    CHECK(parsed("chromium:", chromium()) == "{}");
    CHECK(parsed("chromium:paper=A5,landscape=true,scale=1.5,copies=2", chromium()) ==
          R"({"paper":"A5","landscape":true,"scale":1.5,"copies":2})");
    CHECK(parsed("shout:column=007", shout()) == R"({"column":"007"})");
    CHECK(parsed("shout:column=true", shout()) == R"({"column":"true"})");
}

TEST_CASE("quotes keep commas, and make a text of anything", "[plugin][options]") {
    CHECK(parsed(R"(shout:column="a, b=c")", shout()) == R"({"column":"a, b=c"})");
    CHECK(parsed(R"(shout:column="say \"x\"")", shout()) == R"({"column":"say \"x\""})");
    CHECK(parsed("shout:column={First name, x}", shout()) == R"({"column":"{First name, x}"})");
    CHECK(parsed("shout:column=a=b:c", shout()) == R"({"column":"a=b:c"})");
}

TEST_CASE("lists are written as JSON, or by repeating", "[plugin][options]") {
    CHECK(parsed("chromium:codes=7", chromium()) == R"({"codes":[7]})");
    CHECK(parsed("chromium:codes=7,codes=28", chromium()) == R"({"codes":[7,28]})");
    CHECK(parsed("chromium:codes=[7,28],copies=1", chromium()) == R"({"codes":[7,28],"copies":1})");
    CHECK(parsed(R"(chromium:env={"A":"b,c"})", chromium()) == R"({"env":{"A":"b,c"}})");
}

TEST_CASE("options can be given as one JSON object", "[plugin][options]") {
    CHECK(parsed(R"(chromium:{"paper":"A3","scale":2})", chromium()) ==
          R"({"paper":"A3","scale":2})");
    CHECK_THROWS_AS(parsed("chromium:{paper}", chromium()), Error);
}

TEST_CASE("an option that is not there is named, with the right one", "[plugin][options]") {
    CHECK(said("shout:colum=name", shout()) ==
          Said{"plugin shout has no option \"colum\" (it has: column); nothing was stored",
               "did you mean: --step shout:column=name"});
    CHECK(said(R"(shout:{"colum":"name"})", shout()) ==
          Said{"plugin shout has no option \"colum\" (it has: column); nothing was stored",
               "did you mean: --step shout:{\"column\":\"name\"}"});
    CHECK(said("shout:x=1", shout()) ==
          Said{"plugin shout has no option \"x\" (it has: column); nothing was stored",
               "see what it takes: batchctl plugin show shout"});
    CHECK(said("none:x=1", manifest_with("none", R"({"additionalProperties":false})")).message ==
          "plugin none has no option \"x\" (it has none); nothing was stored");
}

TEST_CASE("a required option that is missing is named", "[plugin][options]") {
    CHECK(said("shout", shout()) ==
          Said{"plugin shout needs the option \"column\"; nothing was stored",
               "add it: --step shout:column=VALUE"});
}

TEST_CASE("values of the wrong kind are refused with what would do", "[plugin][options]") {
    CHECK(said("chromium:scale=big", chromium()) ==
          Said{"option \"scale\" of plugin chromium is a number, not \"big\"; nothing was stored",
               "such as: --step chromium:scale=1"});
    CHECK(said("chromium:copies=1.5", chromium()).message ==
          "option \"copies\" of plugin chromium is a whole number, not 1.5; nothing was stored");
    CHECK(said("chromium:landscape=yes", chromium()).message ==
          "option \"landscape\" of plugin chromium is true or false, not \"yes\"; "
          "nothing was stored");
    CHECK(said("chromium:codes=[1,\"x\"]", chromium()).message ==
          "option \"codes[1]\" of plugin chromium is a whole number, not \"x\"; "
          "nothing was stored");
    CHECK(said(R"(chromium:env={"A":1})", chromium()).message ==
          "option \"env.A\" of plugin chromium is a text, not 1; nothing was stored");
    CHECK(said("chromium:paper=a4", chromium()) ==
          Said{"option \"paper\" of plugin chromium cannot be \"a4\" (it can be: A3, A4, A5, "
               "Letter); nothing was stored",
               "did you mean: --step chromium:paper=A4"});
    CHECK(said("chromium:scale=3", chromium()) ==
          Said{"option \"scale\" of plugin chromium must be at most 2, not 3; nothing was stored",
               "such as: --step chromium:scale=1"});
    CHECK(said("chromium:scale=0", chromium()).message ==
          "option \"scale\" of plugin chromium must be at least 0.1, not 0; nothing was stored");
}

TEST_CASE("a broken form is explained", "[plugin][options]") {
    CHECK(said("shout:name", shout()) ==
          Said{"\"name\" in the options of plugin shout is not key=value; nothing was stored",
               "write: --step shout:key=value,key=\"a, b\""});
    CHECK(said("shout:column=\"open", shout()).message ==
          "a quote in the options of plugin shout is never closed; nothing was stored");
    CHECK(said("shout:column=a,column=b", shout()).message ==
          "option \"column\" of plugin shout is given twice; nothing was stored");
    CHECK(said(":x=1", shout()).message == "\":x=1\" names no plugin; nothing was stored");
}
