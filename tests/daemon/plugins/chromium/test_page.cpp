#include "core/plugin/outbox.hpp"
#include "daemon/plugins/chromium/page.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using batch::chromium::page_of;
using nlohmann::json;

namespace {

json params(const json& options) {
    return json::parse(page_of(options).print_params);
}

std::string refusal(const json& options) {
    try {
        page_of(options);
    } catch (const batch::plugin::Refused& refused) {
        CHECK(refused.refusal().error_class == batch::ErrorClass::config);
        return refused.refusal().message + " / " + refused.refusal().hint;
    }
    return "none";
}

}  // namespace

TEST_CASE("a page is printed on A4, upright, with colours and marked up", "[plugins][chromium]") {
    const json made = params(json::object());
    CHECK(made["paperWidth"].get<double>() == Approx(8.2677).epsilon(1e-4));
    CHECK(made["paperHeight"].get<double>() == Approx(11.6929).epsilon(1e-4));
    CHECK(made["landscape"] == false);
    CHECK(made["marginTop"].get<double>() == Approx(0.3937).epsilon(1e-3));
    CHECK(made["printBackground"] == true);
    CHECK(made["generateTaggedPDF"] == true);
    CHECK(made["preferCSSPageSize"] == true);
    CHECK(page_of(json::object()).time_limit == std::chrono::seconds(60));
}

TEST_CASE("margins are written as in CSS", "[plugins][chromium]") {
    const auto margins = [](const char* text) {
        const json made = params({{"margin", text}});
        return std::vector<double>{made["marginTop"], made["marginRight"], made["marginBottom"],
                                   made["marginLeft"]};
    };
    CHECK(margins("0") == std::vector<double>{0, 0, 0, 0});
    CHECK(margins("1in") == std::vector<double>{1, 1, 1, 1});
    CHECK(margins("1in 96px") == std::vector<double>{1, 1, 1, 1});
    CHECK(margins("1in 2in 72pt") == std::vector<double>{1, 2, 1, 2});
    CHECK(margins(" 1in  2in 3in 4in ") == std::vector<double>{1, 2, 3, 4});
}

TEST_CASE("an option that makes no sense is refused with its cure", "[plugins][chromium]") {
    for (const char* margin : {"", "10", "-1mm", "1 mm", "1em", "x", "1mm 1mm 1mm 1mm 1mm"}) {
        CHECK(refusal({{"margin", margin}}) ==
              "\"" + std::string(margin) + "\" is no margin / write: margin=10mm");
    }
    CHECK(refusal({{"paper", "A9"}}) ==
          "there is no paper \"A9\" / one of: paper=A4, A3, A5, Letter, Legal; any other size: "
          "CSS, @page { size }");
    CHECK(refusal({{"scale", "big"}}).starts_with("an option has the wrong type: "));
}
