#include "cli/templates/templates.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_template = std::size_t{3} << 20;  // it travels in one frame of 4

/// Behind these the extension says what the text is: "card.html.j2".
constexpr std::array<std::string_view, 4> of_engines{".j2", ".jinja", ".jinja2", ".mustache"};
constexpr std::array<std::string_view, 7> of_jinja{".html", ".htm",   ".txt",   ".md",
                                                   ".j2",   ".jinja", ".jinja2"};

std::string engine_for(const fs::path& file) {
    const std::string extension = lower(file.extension().string());
    if (extension == ".mustache") {
        return "mustache";
    }
    if (std::ranges::find(of_jinja, extension) != of_jinja.end()) {
        return "jinja";
    }
    throw Error(ErrorKind::usage,
                fmt::format("the name \"{}\" does not say which engine renders it", file.string()),
                "say it: --engine jinja (or mustache)");
}

std::string read_text(const std::string& file) {
    try {
        return read_file(file, largest_template);
    } catch (const Error& error) {
        if (error.code() == "too_large") {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{} is no template: it has more than 3 MiB", file));
        }
        throw;
    }
}

}  // namespace

bool is_template_file(std::string_view name) noexcept {
    return name.find_first_of("./") != std::string_view::npos;
}

TemplateName parse_template_name(std::string_view text) {
    const auto at = text.find('@');
    TemplateName named{.name = std::string(text.substr(0, at))};
    if (at != std::string_view::npos) {
        const std::string_view digits = text.substr(at + 1);
        int version = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), version);
        if (error != std::errc{} || end != digits.data() + digits.size() || version < 1) {
            throw Error(
                ErrorKind::usage,
                fmt::format("\"{}\" is no version of a template: they are 1, 2, ...", digits),
                "those there are: batchctl template list");
        }
        named.version = version;
    }
    return named;
}

StoredTemplate read_template_file(const std::string& file, const std::string& engine) {
    StoredTemplate text{.name = fs::path(file).filename(), .source = read_text(file)};
    if (!is_utf8(text.source)) {
        throw Error(ErrorKind::bad_input, fmt::format("{} is no template: it is not UTF-8", file));
    }
    text.engine = engine.empty() ? engine_for(file) : engine;
    text.sha256 = sha256_hex(text.source);
    return text;
}

StoredTemplate find_stored_template(Context& context, const std::string& name) {
    const TemplateName named = parse_template_name(name);
    Reading& reading = context.store().reading();
    if (const auto found = reading.find_template(named.name, named.version)) {
        return *found;
    }
    std::vector<std::string> names;
    for (const StoredTemplate& each : reading.templates()) {
        names.push_back(each.name);
    }
    const auto near = closest(named.name, names);
    throw Error(ErrorKind::not_found, fmt::format("there is no stored template \"{}\"", name),
                near && *near != named.name
                    ? "did you mean: " + *near
                    : "a file's name has a dot or a slash; those stored: batchctl template list");
}

StoredTemplate read_template(Context& context, const std::string& name, const std::string& engine) {
    if (is_template_file(name)) {
        return read_template_file(name, engine);
    }
    StoredTemplate text = find_stored_template(context, name);
    if (!engine.empty()) {
        text.engine = engine;
    }
    return text;
}

std::string type_of_template(std::string_view name) {
    fs::path path(lower(name));
    if (std::ranges::find(of_engines, path.extension().string()) != of_engines.end()) {
        path = path.stem();
    }
    const std::string extension = path.extension().string();
    return extension.empty() ? "txt" : extension.substr(1);
}

}  // namespace batch::cli
