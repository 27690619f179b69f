#include "core/model/output_name.hpp"

#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace batch {
namespace {

constexpr std::size_t longest = 180;  // bytes; leaves room for suffix and extension below 255
constexpr std::array<std::string_view, 4> reserved{"con", "prn", "aux", "nul"};

/// Windows takes "con" and "con.pdf" for devices.
bool is_reserved(std::string_view part) {
    return std::ranges::find(reserved, lower(part.substr(0, part.find('.')))) != reserved.end();
}

std::string padded_index(const ItemFacts& facts) {
    const auto width = std::to_string(std::max<std::int64_t>(facts.total - 1, 0)).size();
    return fmt::format("{:0{}}", facts.index, width);
}

/// Cuts at a character's boundary.
void cut(std::string& text) {
    text.resize(front_bytes(text, longest).size());
}

/// ".html" at the end of what was typed; empty without one, and for the ".2" of a version.
std::string typed_extension(std::string_view tail) {
    const auto dot = tail.rfind('.');
    const std::string extension = dot == std::string_view::npos ? "" : lower(tail.substr(dot));
    const bool is_one = extension.size() > 1 && extension[1] >= 'a' && extension[1] <= 'z' &&
                        std::ranges::all_of(extension.substr(1), [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                        });
    return is_one ? std::string(tail.substr(dot)) : std::string();
}

/// Each part of the path made a name that can be one.
std::string clean_path(std::string_view path) {
    std::vector<std::string> parts;
    for (std::string& part : split(path, '/')) {
        while (!part.empty() && (part.back() == '.' || part.back() == ' ')) {
            part.pop_back();
        }
        const auto begin = part.find_first_not_of(". ");
        part = begin == std::string::npos ? "" : part.substr(begin);
        cut(part);
        if (!part.empty()) {
            parts.push_back(is_reserved(part) ? "_" + part : part);
        }
    }
    return join(parts, "/");
}

}  // namespace

std::string clean_name(std::string_view value) {
    std::string clean;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        const bool refused = byte < 0x20 || byte == 0x7F ||
                             std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
        clean += refused ? '_' : c;
    }
    const auto begin = clean.find_first_not_of(" .-");
    clean = begin == std::string::npos ? "" : clean.substr(begin);
    while (!clean.empty() && (clean.back() == ' ' || clean.back() == '.')) {
        clean.pop_back();
    }
    cut(clean);
    return clean;
}

std::string output_name(const Plan& plan, const Json& row, const ItemFacts& facts,
                        const NameEnding& ending) {
    return output_name(Pattern(plan.output_name), row, facts, ending);
}

std::string output_name(const Pattern& pattern, const Json& row, const ItemFacts& facts,
                        const NameEnding& ending) {
    std::string dotted = ending.extension.empty() ? "" : fmt::format(".{}", ending.extension);
    // Plain text and unknown bytes may be anything: whoever typed an extension knows better.
    const bool may_be_anything = dotted.empty() || dotted == ".txt" || dotted == ".bin";
    const std::string typed = may_be_anything ? typed_extension(pattern.tail()) : "";
    if (!typed.empty()) {
        dotted = typed;
    }
    std::string name;
    if (!pattern.is_empty()) {
        name = pattern.fill(row, facts, clean_name);
        // Taken off before the name is cut to its longest, or a part of it would stay.
        if (!dotted.empty() && lower(name).ends_with(lower(dotted))) {
            name.resize(name.size() - dotted.size());
        }
        name = clean_path(name);
    }
    if (name.empty()) {
        name = padded_index(facts);
    }
    if (ending.suffix > 0) {
        name += fmt::format(" ({})", ending.suffix);
    }
    return name + dotted;
}

}  // namespace batch
