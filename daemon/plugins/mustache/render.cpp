#include "daemon/plugins/mustache/render.hpp"

#include "core/base/text.hpp"
#include "core/plugin/limits.hpp"
#include "core/plugin/outbox.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <span>
#include <vector>

namespace batch::mustache {

using Json = nlohmann::json;

namespace {

void append_escaped(std::string_view text, std::string& out) {
    for (const char letter : text) {
        switch (letter) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += letter;
        }
    }
}

/// A value as a text: null is nothing, what is no text is JSON.
std::string text_of(const Json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    return value.is_null() ? std::string() : value.dump();
}

/// An empty cell is false, so that a section can ask whether there is something in it.
bool is_true(const Json* value) {
    if (value == nullptr || value->is_null() || *value == false) {
        return false;
    }
    const bool has_length = value->is_string() || value->is_array();
    return !has_length ||
           (value->is_string() ? !value->get_ref<const std::string&>().empty() : !value->empty());
}

/// The member, or one deeper: a name as a whole wins over its parts.
const Json* find_in(const Json& object, std::string_view name) {
    if (!object.is_object()) {
        return nullptr;
    }
    if (const auto found = object.find(name); found != object.end()) {
        return &*found;
    }
    const std::size_t dot = name.find('.');
    const auto first = dot == std::string::npos ? object.end() : object.find(name.substr(0, dot));
    return first == object.end() ? nullptr : find_in(*first, name.substr(dot + 1));
}

Json ours_of(const Json& frame) {
    Json batch{{"id", frame.value("batch", Json())}, {"index", frame.value("index", Json())}};
    if (const auto input = frame.find("input"); input != frame.end()) {
        batch["output"] = *input;
    }
    Json ours{{"row", frame.value("row", Json())}, {"batch", std::move(batch)}};
    if (!ours["row"].is_object()) {
        ours["value"] = ours["row"];
    }
    return ours;
}

class Renderer {
public:
    Renderer(const Template& tmpl, const Json& ours, Escape escape)
        : template_(tmpl), ours_(ours), escape_(escape), scopes_{&ours.at("row")} {}

    std::string run() {
        render({0, template_.nodes.size()});
        return std::move(out_);
    }

private:
    struct Range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    void render(Range range);
    void render_section(std::size_t index);
    void render_in(const Json& scope, Range range);
    void append(const Node& node);
    const Json* find(std::string_view name) const;
    plugin::Refused not_defined(const Node& node) const;

    const Template& template_;
    const Json& ours_;
    Escape escape_;
    std::vector<const Json*> scopes_;
    std::string out_;
};

void Renderer::render(Range range) {
    for (std::size_t i = range.begin; i < range.end;) {
        const Node& node = template_.nodes[i];
        const bool section = node.kind == Node::Kind::section || node.kind == Node::Kind::inverted;
        if (section) {
            render_section(i);
        } else {
            append(node);
        }
        i = section ? node.end : i + 1;
    }
}

void Renderer::render_section(std::size_t index) {
    const Node& node = template_.nodes[index];
    const Range inside{.begin = index + 1, .end = node.end};
    const Json* value = find(node.text);
    if (node.kind == Node::Kind::inverted) {
        if (!is_true(value)) {
            render(inside);
        }
    } else if (is_true(value) && value->is_array()) {
        for (const Json& element : *value) {
            render_in(element, inside);
        }
    } else if (is_true(value)) {
        render_in(*value, inside);
    }
}

void Renderer::render_in(const Json& scope, Range range) {
    scopes_.push_back(&scope);
    render(range);
    scopes_.pop_back();
}

void Renderer::append(const Node& node) {
    if (node.kind == Node::Kind::text) {
        out_ += node.text;
    } else if (const Json* value = find(node.text); value == nullptr) {
        throw not_defined(node);
    } else if (node.kind == Node::Kind::variable && escape_ == Escape::html) {
        append_escaped(text_of(*value), out_);
    } else {
        out_ += text_of(*value);
    }
    if (out_.size() > longest_text) {
        throw plugin::Refused(
            {.error_class = ErrorClass::permanent,
             .code = "too_large",
             .message = template_.name +
                        ":1: the rendered text is over 1 MiB, with what is embedded in it",
             .hint = "",
             .after = {}});
    }
}

const Json* Renderer::find(std::string_view name) const {
    if (name == ".") {
        return scopes_.back();
    }
    // The row is the outermost scope; what is ours lies right above it.
    for (std::size_t i = scopes_.size() - 1; i > 0; --i) {
        if (const Json* value = find_in(*scopes_[i], name)) {
            return value;
        }
    }
    const Json* ours = find_in(ours_, name);
    return ours != nullptr ? ours : find_in(*scopes_.front(), name);
}

plugin::Refused Renderer::not_defined(const Node& node) const {
    std::vector<std::string> names;
    for (const auto& column : scopes_.front()->items()) {
        names.push_back(column.key());
    }
    const auto meant = scopes_.front()->is_object()
                           ? closest(node.text, std::span<const std::string>(names))
                           : std::nullopt;
    return plugin::Refused(
        {.error_class = ErrorClass::permanent,
         .code = "undefined_variable",
         .message =
             fmt::format("{}:{}: \"{}\" is not defined{}", template_.name, node.line, node.text,
                         meant ? fmt::format("; did you mean \"{}\"?", *meant) : ""),
         .hint = "",
         .after = {}});
}

}  // namespace

std::string render(const Template& tmpl, const Json& frame, Escape escape) {
    const Json ours = ours_of(frame);
    return Renderer(tmpl, ours, escape).run();
}

}  // namespace batch::mustache
