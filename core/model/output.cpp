#include "core/model/output.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace batch {
namespace {

using Type = std::pair<std::string_view, std::string_view>;

constexpr std::array types{
    Type{"pdf", "application/pdf"}, Type{"html", "text/html"},
    Type{"txt", "text/plain"},      Type{"png", "image/png"},
    Type{"jpeg", "image/jpeg"},     Type{"jpg", "image/jpeg"},
    Type{"svg", "image/svg+xml"},   Type{"json", "application/json"},
    Type{"csv", "text/csv"},        Type{"md", "text/markdown"},
    Type{"xml", "application/xml"}, Type{"zip", "application/zip"},
    Type{"webp", "image/webp"},     Type{"gif", "image/gif"},
    Type{"mp3", "audio/mpeg"},      Type{"mp4", "video/mp4"},
    Type{"wav", "audio/wav"},       Type{"gz", "application/gzip"},
    Type{"htm", "text/html"},       Type{"bin", "application/octet-stream"},
};

std::string text_of(const Json& object, const char* member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json artifact_json(const Artifact& artifact) {
    return {{"name", artifact.name},
            {"path", or_null(artifact.path)},
            {"media_type", artifact.media_type},
            {"size", artifact.size},
            {"sha256", artifact.sha256}};
}

Json delivery_json(const Delivery& delivery) {
    return {{"target", delivery.target},
            {"location", delivery.location},
            {"at", delivery.at},
            {"id", or_null(delivery.id)}};
}

}  // namespace

std::string to_json(const Output& output) {
    Json json = Json::object();
    if (output.text) {
        json["text"] = *output.text;
    }
    if (!output.media_type.empty()) {
        json["media_type"] = output.media_type;
    }
    if (!output.value.empty()) {
        json["value"] = parse_json(output.value, "the value");
    }
    for (const Artifact& artifact : output.artifacts) {
        json["artifacts"].push_back(artifact_json(artifact));
    }
    for (const Delivery& delivery : output.deliveries) {
        json["deliveries"].push_back(delivery_json(delivery));
    }
    return dump(json);
}

Output output_of(std::string_view json_text) {
    Output output;
    if (json_text.empty()) {
        return output;
    }
    const Json json = parse_json(json_text, "the stored output");
    if (const auto text = json.find("text"); text != json.end() && text->is_string()) {
        output.text = text->get<std::string>();
    }
    output.media_type = text_of(json, "media_type");
    if (const auto value = json.find("value"); value != json.end()) {
        output.value = dump(*value);
    }
    for (const Json& each : json.value("artifacts", Json::array())) {
        output.artifacts.push_back({.name = text_of(each, "name"),
                                    .path = text_of(each, "path"),
                                    .media_type = text_of(each, "media_type"),
                                    .size = each.value("size", std::int64_t{0}),
                                    .sha256 = text_of(each, "sha256")});
    }
    for (const Json& each : json.value("deliveries", Json::array())) {
        output.deliveries.push_back({.target = text_of(each, "target"),
                                     .location = text_of(each, "location"),
                                     .at = text_of(each, "at"),
                                     .id = text_of(each, "id")});
    }
    return output;
}

std::string location_of(const Output& output) {
    if (!output.deliveries.empty()) {
        return output.deliveries.front().location;
    }
    const auto kept = std::ranges::find_if(
        output.artifacts, [](const Artifact& artifact) { return !artifact.path.empty(); });
    return kept == output.artifacts.end() ? std::string() : kept->path;
}

std::string_view extension_of(std::string_view media_type) noexcept {
    const auto bare = media_type.substr(0, media_type.find(';'));
    const auto found = std::ranges::find(types, bare, &Type::second);
    return found == types.end() ? std::string_view("bin") : found->first;
}

std::string_view media_type_of(std::string_view name_or_extension) noexcept {
    const auto extension = name_or_extension.substr(name_or_extension.rfind('.') + 1);
    const auto found = std::ranges::find(types, extension, &Type::first);
    return found == types.end() ? std::string_view("application/octet-stream") : found->second;
}

}  // namespace batch
