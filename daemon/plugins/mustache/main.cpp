#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/plugin/plugin_main.hpp"
#include "daemon/plugins/mustache/render.hpp"
#include "daemon/plugins/mustache/template.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace batch::mustache {

using plugin::Json;

namespace {

using Word = std::pair<std::string_view, std::string_view>;

// What a page for a browser is made of is HTML, whatever comes of it.
constexpr std::array<Word, 9> media_types{{{"html", "text/html"},
                                           {"htm", "text/html"},
                                           {"pdf", "text/html"},
                                           {"svg", "image/svg+xml"},
                                           {"xml", "application/xml"},
                                           {"txt", "text/plain"},
                                           {"md", "text/markdown"},
                                           {"csv", "text/csv"},
                                           {"json", "application/json"}}};

/// By what is made of the text, else by the name without ".mustache", else by how it begins.
std::string media_type_of(const Json& options, std::string_view name, std::string_view source) {
    if (name.ends_with(".mustache")) {
        name.remove_suffix(std::string_view(".mustache").size());
    }
    const std::string ending(name.substr(std::min(name.size(), name.rfind('.') + 1)));
    const std::string kind =
        lower(options.value("to", name.find('.') != std::string_view::npos ? ending : ""));
    for (const auto& [word, type] : media_types) {
        if (word == kind) {
            return std::string(type);
        }
    }
    return options.value("media_type", trim(source).starts_with('<') ? "text/html" : "text/plain");
}

Json text_option(const char* description) {
    return {{"type", "string"}, {"description", description}};
}

Json names_of(const Template& tmpl) {
    static const std::set<std::string, std::less<>> ours{"row", "batch", "value", "."};
    Json names = Json::array();
    std::set<std::string, std::less<>> seen;
    for (std::size_t i = 0; i < tmpl.nodes.size();) {
        const Node& node = tmpl.nodes[i];
        const std::string first = node.text.substr(0, node.text.find('.'));
        if (node.kind != Node::Kind::text && !ours.contains(first) && seen.insert(first).second) {
            names.push_back({{"name", first}, {"line", node.line}, {"column", node.column}});
        }
        // Names inside a section may be those of a list's elements.
        i = node.kind == Node::Kind::section ? node.end : i + 1;
    }
    return names;
}

class Mustache : public plugin::Plugin {
public:
    Json describe() const override;
    void init(const Json& frame, plugin::Outbox& outbox) override;
    void item(plugin::ItemId id, Json frame, plugin::Outbox& outbox) override;
    Json lint(const Json& request) override;

private:
    Template template_;
    std::string source_;
    std::string media_type_;
};

Json Mustache::describe() const {
    Json types = Json::array();
    for (const auto& [word, type] : media_types) {
        if (std::ranges::find(types, type) == types.end()) {
            types.push_back(type);
        }
    }
    return {{"protocol", 1},
            {"name", "mustache"},
            {"version", BATCH_VERSION},
            {"summary", "Render a Mustache template"},
            {"in", {"*/*"}},
            {"out", types},
            {"concurrency", 64},
            {"files", false},
            {"jail", true},
            {"lint", true},
            {"options",
             {{"type", "object"},
              {"additionalProperties", false},
              {"properties",
               {{"to", text_option("what is made of the text: html, txt, md, csv, pdf, ...; markup "
                                   "(html, pdf, svg, xml) is escaped. By default the ending of the "
                                   "template's name says it")},
                {"media_type", text_option("of the rendered text, if neither says it")}}}}}};
}

plugin::Refused refused(std::string code, std::string message, std::string hint) {
    return plugin::Refused({.error_class = ErrorClass::config,
                            .code = std::move(code),
                            .message = std::move(message),
                            .hint = std::move(hint),
                            .after = {}});
}

void Mustache::init(const Json& frame, plugin::Outbox& outbox) {
    const Json given = frame.value("template", Json::object());
    if (!given.contains("source")) {
        throw refused("no_template", "there is no template to render", "name one: --template FILE");
    }
    const std::string name = given.value("name", "template");
    source_ = given.value("source", "");
    try {
        template_ = parse(name, source_);
    } catch (const Error& error) {
        throw refused("template_error",
                      fmt::format("{}:{}: {}", name, error.place()->line, error.what()),
                      "check it: batchctl template lint " + name);
    }
    media_type_ = media_type_of(plugin::options_of(frame), name, source_);
    outbox.ready();
}

void Mustache::item(plugin::ItemId id, Json frame, plugin::Outbox& outbox) {
    const std::string media_type = frame.contains("options")
                                       ? media_type_of(frame["options"], template_.name, source_)
                                       : media_type_;
    const bool markup =
        media_type.find("html") != std::string::npos || media_type.find("xml") != std::string::npos;
    outbox.result(id, {{"text", render(template_, frame, markup ? Escape::html : Escape::none)},
                       {"media_type", media_type}});
}

Json Mustache::lint(const Json& request) {
    const Json& given = request.at("template");
    try {
        const Template parsed = parse(given.value("name", "template"), given.value("source", ""));
        return {{"errors", Json::array()}, {"names", names_of(parsed)}};
    } catch (const Error& error) {
        const Place place = error.place().value_or(Place{});
        return {{"errors",
                 {{{"line", place.line}, {"column", place.column}, {"message", error.what()}}}},
                {"names", Json::array()}};
    }
}

}  // namespace

}  // namespace batch::mustache

int main(int argc, char** argv) {
    batch::mustache::Mustache mustache;
    return batch::plugin::run(argc, argv, mustache);
}
