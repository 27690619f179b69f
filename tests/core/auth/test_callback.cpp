#include "core/auth/callback.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <string>

using namespace batch;
using auth::judge;

namespace {

const auth::CallbackRules rules{.authority = "127.0.0.1:41873",
                                .state = "right",
                                .issuer = "https://accounts.google.com",
                                .needs_issuer = false};

std::string request(const std::string& target, const std::string& more = "") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:41873\r\n{}\r\n", target, more);
}

auth::Verdict judged(const std::string& target, const std::string& more = "") {
    return judge(request(target, more), rules);
}

}  // namespace

TEST_CASE("an answer with the right state brings its code", "[auth][callback]") {
    const auto verdict = judged("/callback?state=right&code=4%2F0Ab-c&scope=email&authuser=0");
    REQUIRE(verdict.answer);
    CHECK(verdict.answer->code.reveal() == "4/0Ab-c");
    CHECK(verdict.answer->error.empty());
}

TEST_CASE("without the right state nothing ends a login", "[auth][callback]") {
    for (const char* query : {"code=x", "state=&code=x", "state=wrong&code=x",
                              "state=wrong&error=access_denied", "error=access_denied", ""}) {
        const auto verdict = judged(std::string("/callback?") + query);
        CHECK_FALSE(verdict.answer);
        CHECK(verdict.status == 400);
        CHECK(verdict.is_wrong_state);
    }
    for (const char* query : {"state=right&state=wrong&code=x", "state=right&code=x&code=y",
                              "state=right&error=a&error=b", "state=right&code=%zz",
                              "state=right&code=%00", "state=right&code=%ff"}) {
        CHECK_FALSE(judged(std::string("/callback?") + query).answer);
    }
}

TEST_CASE("an error wins over a code, another issuer over both", "[auth][callback]") {
    CHECK(judged("/callback?state=right&code=x&error=access_denied").answer->error ==
          "access_denied");
    CHECK(judged("/callback?state=right&error=%1b[2J<b>").answer->error == "?[2J<b>");
    CHECK(judged("/callback?state=right&code=x&iss=https://accounts.google.com/")
              .answer->wrong_issuer);
    CHECK_FALSE(judged("/callback?state=right&code=x&iss=https://accounts.google.com")
                    .answer->wrong_issuer);
    auth::CallbackRules strict = rules;
    strict.needs_issuer = true;
    CHECK(judge(request("/callback?state=right&code=x"), strict).answer->wrong_issuer);
}

TEST_CASE("only the advertised host and path are answered", "[auth][callback]") {
    const auto with_host = [](const std::string& lines) {
        return judge("GET /callback?state=right&code=x HTTP/1.1\r\n" + lines + "\r\n", rules);
    };
    CHECK(with_host("Host: evil.example:41873\r\n").status == 421);
    CHECK(with_host("Host: localhost:41873\r\n").status == 421);
    CHECK(with_host("Host: 127.0.0.1:1\r\n").status == 421);
    CHECK(with_host("").status == 400);
    CHECK(with_host("Host: 127.0.0.1:41873\r\nHost: 127.0.0.1:41873\r\n").status == 400);
    for (const char* target : {"/", "/favicon.ico", "/callback/", "//callback", "/callback/../x",
                               "http://127.0.0.1:41873/callback?state=right&code=x"}) {
        CHECK(judged(target).status == 404);
    }
}

TEST_CASE("what is no navigation of a browser is refused", "[auth][callback]") {
    const std::string good = "/callback?state=right&code=x";
    CHECK(judged(good, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n").answer);
    CHECK(judged(good, "Sec-Fetch-Mode: cors\r\n").status == 403);
    CHECK(judged(good, "Sec-Fetch-Dest: iframe\r\n").status == 403);
    CHECK(judged(good, "Origin: https://evil.example\r\n").status == 403);
    CHECK(judged(good, "Content-Length: 5\r\n").status == 400);
    CHECK(judged(good, " folded: x\r\n").status == 400);
    for (const char* method : {"HEAD", "POST", "OPTIONS", "PRI"}) {
        const std::string head =
            std::string(method) + " " + good + " HTTP/1.1\r\nHost: 127.0.0.1:41873\r\n\r\n";
        CHECK(judge(head, rules).status == 405);
    }
}

TEST_CASE("an address of ours leads to the provider", "[auth][callback]") {
    CHECK(judged("/start/x").status == 404);
    auto leading = rules;
    leading.entry = "/start/x";
    CHECK(judge(request("/start/x"), leading).is_entry);
    for (const char* target : {"/start/", "/start/y", "/start/x?", "/start/x/"}) {
        CHECK(judge(request(target), leading).status == 404);
    }
    CHECK(judge(request("/start/x", "Sec-Fetch-Dest: iframe\r\n"), leading).status == 403);
    CHECK(judge(request("/callback?state=right&code=x"), leading).answer);
}

TEST_CASE("a pasted address goes through the same checks", "[auth][callback]") {
    const auto pasted = [](const char* text) { return auth::judge_pasted(text, rules); };
    const std::string whole = "http://127.0.0.1:41873/callback?state=right&code=x";
    CHECK(pasted(whole.c_str())->answer);
    CHECK(pasted(("  '" + whole + "'\n").c_str())->answer);
    CHECK(pasted(("\x1b[200~" + whole + "\x1b[201~").c_str())->answer);
    CHECK(pasted("?state=right&code=x")->answer);
    CHECK(pasted("code=x&state=right")->answer);
    CHECK(pasted("code=x&state=wrong")->is_wrong_state);
    CHECK(pasted("127.0.0.1:41873/callback?state=right&code=x")->answer);
    CHECK(pasted("http://localhost:41873/callback?state=right&code=x")->answer);
    CHECK(pasted("localhost:41873/callback?state=wrong&code=x")->is_wrong_state);
    CHECK_FALSE(pasted("localhost:1/callback?state=right&code=x"));
    CHECK_FALSE(pasted("https://127.0.0.1:41873/callback?state=right&code=x"));
    CHECK_FALSE(pasted("4/0Abc"));
    CHECK_FALSE(pasted("http://127.0.0.1:1/callback?state=right&code=x"));
    CHECK_FALSE(pasted("http://evil.example/?state=right&code=x"));
    CHECK_FALSE(pasted(""));
    CHECK_FALSE(pasted("state=right code=x"));
}
