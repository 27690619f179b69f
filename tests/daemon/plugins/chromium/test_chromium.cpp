#include "core/os/file.hpp"
#include "core/os/poll.hpp"
#include "tests/daemon/plugins/chromium/printer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>

#include <arpa/inet.h>
#include <sys/socket.h>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("a page becomes a PDF with its text", "[plugins][chromium]") {
    Printer printer;
    const json answer = printer.print("<p>Ada &amp; Grace</p>");
    CHECK(answer["files"] ==
          json::array({{{"path", "page.pdf"}, {"media_type", "application/pdf"}}}));
    CHECK(printer.text().starts_with("Ada & Grace\n"));
    const json text{{"text", "<p>from a text</p>"}, {"media_type", "text/html"}};
    REQUIRE(printer.print("", {{"input", text}})["type"] == "result");
    CHECK(printer.text().starts_with("from a text\n"));
    CHECK_FALSE(fs::exists(printer.folder / "1/page.pdf.part"));
}

TEST_CASE("the options of chromium are seen in the PDF", "[plugins][chromium]") {
    Printer printer{{{"paper", "A4"}, {"landscape", true}}};
    const auto info = [&](const json& more = json::object()) {
        REQUIRE(printer.print("<h1>A</h1><p>text", more)["type"] == "result");
        return output_of({"pdfinfo", printer.pdf().native()});
    };
    CHECK_THAT(info(), Catch::Contains(" 841.92 x 595.92 pts (A4)"));
    CHECK_THAT(info({{"options", {{"paper", "A4"}}}}), Catch::Contains("595.92 x 841.92 pts (A4)"));
    CHECK_THAT(info({{"options", {{"paper", "A5"}}}}), Catch::Contains("(A5)"));
    CHECK_THAT(info({{"options", {{"paper", "Letter"}}}}), Catch::Contains("612 x 792 pts"));
    CHECK_THAT(info(), Catch::Contains("Tagged:          yes"));
    CHECK_THAT(info({{"options", {{"tagged", false}}}}), Catch::Contains("Tagged:          no"));
    const json css{{"text", "<style>@page { size: 100mm 50mm }</style>x"}};
    CHECK_THAT(info({{"input", css}}), Catch::Contains("282.96 x 142.08 pts"));  // its CSS wins
    CHECK_THAT(info({{"options", {{"scale", 0.5}}}}), Catch::Contains("Pages:           1"));
}

TEST_CASE("names of all the world are printed in fonts that have them", "[plugins][chromium]") {
    Printer printer;
    REQUIRE(printer.print(
                "<p>J\u00fcrgen</p><p>\u0928\u0947\u0939\u093e</p><p>\U0001f600</p>")["type"] ==
            "result");
    const std::string text = printer.text();
    CHECK_THAT(text, Catch::Contains("J\u00fcrgen"));
    CHECK_THAT(text, Catch::Contains("\u0928\u0947\u0939\u093e"));
    CHECK_THAT(text, Catch::Contains("\U0001f600"));
    const std::string fonts = output_of({"pdffonts", printer.pdf().native()});
    CHECK_THAT(fonts, Catch::Contains("Devanagari"));
    CHECK_THAT(fonts, Catch::Contains("Type 3"));  // an emoji is a picture
}

TEST_CASE("a page's own font and a picture far down are printed, though nothing is drawn before",
          "[plugins][chromium]") {
    const std::string font =
        output_of({"base64", "-w0", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"});
    const std::string picture =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/"
        "AAX+Av4N70a4AAAAAElFTkSuQmCC";
    Printer printer;
    const auto print = [&](const std::string& word) {
        const json answer =
            printer.print("<style>@font-face { font-family: Own; src: url(data:font/ttf;base64," +
                          font + ") } p { font-family: Own }</style><p>" + word +
                          "</p><div style='height: 3000px'></div>"
                          "<img loading=lazy width=50 height=50 src='data:image/png;base64," +
                          picture + "'>");
        REQUIRE(answer["type"] == "result");
    };
    print("first");
    print("second");  // in a tab that has printed before
    CHECK(printer.text().starts_with("second\n"));
    CHECK_THAT(output_of({"pdffonts", printer.pdf().native()}), Catch::Contains("DejaVuSansMono"));
    CHECK_THAT(output_of({"pdfimages", "-list", printer.pdf().native()}), Catch::Contains("image"));
}

TEST_CASE("a page reaches no network and no file", "[plugins][chromium]") {
    const std::string jail = GENERATE("required", "off");
    const Fd canary{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(canary.get(), any, size) == 0);
    REQUIRE(::listen(canary.get(), 8) == 0);
    REQUIRE(::getsockname(canary.get(), any, &size) == 0);
    const std::string http = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));

    Printer printer{json::object(), jail};
    atomic_write(printer.folder / "canary", "SECRET-OF-THE-FILE");
    const std::string file = "file://" + (printer.folder / "canary").native();
    std::string html = "<link rel=stylesheet href='" + http +
                       "/css'><link rel=preload as=font href='" + http + "/font'><style>@import '" +
                       http + "/import'; body { background: url(" + http +
                       "/bg) } @font-face { font-family: F; src: url(" + http +
                       "/f) } p { font-family: F }</style><p>printed</p>" + "<script>fetch('" +
                       http + "/js'); document.write('SCRIPT-RAN')</script>" +
                       "<img src=x onerror=\"document.write('SCRIPT-RAN')\">";
    for (const std::string& url : {http + "/x", file}) {
        html += "<img src='" + url + "'><iframe src='" + url + "'></iframe><object data='" + url +
                "'></object><embed src='" + url + "'><svg><image href='" + url + "'/></svg>" +
                "<video src='" + url + "'></video>";
    }
    REQUIRE(printer.print(html)["type"] == "result");
    const std::string text = printer.text();
    CHECK_THAT(text, Catch::Contains("printed"));
    CHECK_THAT(text, !Catch::Contains("SECRET-OF"));
    CHECK_THAT(text, !Catch::Contains("SCRIPT-RAN"));
    pollfd came{.fd = canary.get(), .events = POLLIN, .revents = 0};
    CHECK_FALSE(wait_for_any({&came, 1}, 0s));
    CHECK_FALSE(printer.process.logs().empty());  // it says what was not loaded
    CHECK_THAT(printer.process.logs()[0]["text"].get<std::string>(),
               Catch::Contains(" was not loaded: a page has no network and no files"));
}

TEST_CASE("a page that leaves by itself fails its item, and the next one is printed",
          "[plugins][chromium]") {
    const std::string to = GENERATE("http://127.0.0.1:9/", "file:///etc/passwd", "about:blank#x",
                                    "data:text/html,other");
    Printer printer;
    const json answer =
        printer.print("<meta http-equiv=refresh content='0; url=" + to + "'><p>mine</p>");
    INFO(answer.dump());
    CHECK(answer["class"] == "permanent");
    CHECK(answer["code"] == "page_error");
    for (int id = 2; id < 6; ++id) {
        printer.send(id, "<p>next");
        CHECK(printer.process.answer()["type"] == "result");
        CHECK(printer.text(id).starts_with("next\n"));
    }
}

TEST_CASE("a large page is printed, one that is too large fails its item", "[plugins][chromium]") {
    Printer printer;
    REQUIRE(printer.print(long_page(5000))["type"] == "result");
    CHECK_THAT(printer.text(), Catch::Contains("row 4999"));
    const json answer = printer.print(std::string((8 << 20) + 1, 'x'));
    CHECK(answer["class"] == "permanent");
    CHECK(answer["code"] == "too_large");
    CHECK(printer.print("<p>next")["type"] == "result");
}

TEST_CASE("what is no page fails its item", "[plugins][chromium]") {
    Printer printer;
    CHECK(printer.print("", {{"input", nullptr}})["code"] == "no_html");
    const json text{{"text", "x"}, {"media_type", "text/plain"}};
    const json answer = printer.print("", {{"input", text}});
    CHECK(answer["message"] == "there is no HTML to print: the step before made text/plain");
    CHECK(printer.print("<p>x", {{"options", {{"paper", "A9"}}}})["class"] == "config");
}
