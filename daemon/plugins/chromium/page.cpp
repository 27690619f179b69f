#include "daemon/plugins/chromium/page.hpp"

#include "core/plugin/outbox.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace batch::chromium {

using Json = nlohmann::json;

namespace {

struct Paper {
    std::string_view name;
    double width = 0;  ///< inches, upright
    double height = 0;
};

constexpr double mm = 1 / 25.4;
constexpr std::array papers{Paper{"A4", 210 * mm, 297 * mm}, Paper{"A3", 297 * mm, 420 * mm},
                            Paper{"A5", 148 * mm, 210 * mm}, Paper{"Letter", 8.5, 11},
                            Paper{"Legal", 8.5, 14}};

struct Unit {
    std::string_view name;
    double inches = 0;
};

// As in CSS: 96 px are one inch.
constexpr std::array units{Unit{"mm", mm}, Unit{"cm", 10 * mm}, Unit{"in", 1}, Unit{"pt", 1.0 / 72},
                           Unit{"px", 1.0 / 96}};

plugin::Refused refused(const std::string& message, const std::string& hint) {
    return plugin::Refused({.error_class = ErrorClass::config,
                            .code = "bad_option",
                            .message = message,
                            .hint = hint,
                            .after = {}});
}

const Paper& paper_of(const std::string& name) {
    const auto found = std::ranges::find(papers, name, &Paper::name);
    if (found == papers.end()) {
        throw refused(
            fmt::format("there is no paper \"{}\"", name),
            "one of: paper=A4, A3, A5, Letter, Legal; any other size: CSS, @page { size }");
    }
    return *found;
}

/// "10mm" in inches; a bare number only if it is 0.
std::optional<double> inches_of(std::string_view text) {
    double number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) {
        return {};
    }
    const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    if (unit.empty()) {
        return number == 0 ? std::optional(0.0) : std::nullopt;
    }
    const auto found = std::ranges::find(units, unit, &Unit::name);
    return found == units.end() ? std::nullopt : std::optional(number * found->inches);
}

/// Top, right, bottom, left in inches, from one to four lengths as in CSS.
std::array<double, 4> margins_of(std::string_view text) {
    std::vector<double> lengths;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (const auto length = word.empty() ? std::optional<double>() : inches_of(word)) {
            lengths.push_back(*length);
        } else if (!word.empty()) {
            lengths.clear();
            break;
        }
    }
    switch (lengths.size()) {
        case 1: return {lengths[0], lengths[0], lengths[0], lengths[0]};
        case 2: return {lengths[0], lengths[1], lengths[0], lengths[1]};
        case 3: return {lengths[0], lengths[1], lengths[2], lengths[1]};
        case 4: return {lengths[0], lengths[1], lengths[2], lengths[3]};
        default: break;
    }
    throw refused(fmt::format("\"{}\" is no margin", text), "write: margin=10mm");
}

Json property(const char* type, const Json& standard, const char* description) {
    return {{"type", type}, {"default", standard}, {"description", description}};
}

}  // namespace

Json options_schema() {
    Json paper = property("string", "A4", "the paper; @page { size } in the page's CSS wins");
    for (const Paper& each : papers) {
        paper["enum"].push_back(each.name);
    }
    Json scale = property("number", 1, "of the page on the paper");
    scale.update({{"minimum", 0.1}, {"maximum", 2}});
    Json limit = property("integer", 60, "seconds a page may take");
    limit.update({{"minimum", 1}, {"maximum", 3600}});
    Json to = property("string", "pdf", "what is made of the page");
    to["enum"] = {"pdf"};
    return {
        {"type", "object"},
        {"additionalProperties", false},
        {"properties",
         {{"to", to},
          {"paper", paper},
          {"landscape", property("boolean", false, "turn the paper")},
          {"margin", property("string", "10mm",
                              "one to four lengths as in CSS (mm, cm, in, pt, "
                              "px); @page { margin } in the page's CSS wins")},
          {"scale", scale},
          {"background", property("boolean", true, "print colours and pictures behind the text")},
          {"tagged", property("boolean", true, "mark up headings and the like for screen readers")},
          {"time_limit", limit}}}};
}

Page page_of(const Json& options) {
    try {
        const Paper& paper = paper_of(options.value("paper", "A4"));
        const auto [top, right, bottom, left] = margins_of(options.value("margin", "10mm"));
        const Json params{{"preferCSSPageSize", true},
                          {"paperWidth", paper.width},
                          {"paperHeight", paper.height},
                          {"landscape", options.value("landscape", false)},
                          {"marginTop", top},
                          {"marginRight", right},
                          {"marginBottom", bottom},
                          {"marginLeft", left},
                          {"scale", options.value("scale", 1.0)},
                          {"printBackground", options.value("background", true)},
                          {"generateTaggedPDF", options.value("tagged", true)}};
        return {.print_params = params.dump(),
                .time_limit = std::chrono::seconds(options.value("time_limit", 60))};
    } catch (const Json::type_error& error) {
        throw refused(fmt::format("an option has the wrong type: {}", error.what()),
                      "see: batchctl plugin show chromium");
    }
}

}  // namespace batch::chromium
