#include "core/plugin/frames.hpp"

#include "core/plugin/manifest.hpp"

#include <array>
#include <charconv>

namespace batch {

namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): hot path
    char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

/// `,"member":json`, or nothing.
void append_raw(std::string& out, std::string_view member, RawJson json) {
    if (!json.empty()) {
        out.append(",\"").append(member).append("\":").append(json);
    }
}

void append_text(std::string& out, std::string_view member, std::string_view text) {
    if (!text.empty()) {
        out.append(",\"").append(member).append("\":");
        append_json_string(out, text);
    }
}

/// What was appended from `begin` on becomes an object: its leading comma turns into the brace.
void close_object(std::string& out, std::size_t begin) {
    if (out.size() == begin) {
        out += '{';
    } else {
        out[begin] = '{';
    }
    out += '}';
}

void append_files(std::string& out, const std::vector<FrameFile>& files) {
    out.append(",\"files\":[");
    for (const FrameFile& file : files) {
        const std::size_t begin = out.size();
        append_text(out, "path", file.path);
        append_text(out, "name", file.name);
        append_text(out, "media_type", file.media_type);
        close_object(out, begin);
        out += ',';
    }
    out.back() = ']';
}

}  // namespace

void append_init(std::string& out, const InitFrame& frame) {
    out.append(R"({"type":"init","protocol":)");
    append_number(out, plugin_protocol);
    append_raw(out, "options", frame.options);
    if (!frame.template_text.name.empty()) {
        out.append(",\"template\":");
        const std::size_t begin = out.size();
        append_text(out, "name", frame.template_text.name);
        append_text(out, "sha256", frame.template_text.sha256);
        out.append(",\"source\":");
        append_json_string(out, frame.template_text.source);
        close_object(out, begin);
    }
    append_text(out, "jail", frame.jailed ? "required" : "off");
    out.append("}\n");
}

void append_item(std::string& out, const ItemFrame& frame) {
    out.append(R"({"type":"item","id":)");
    append_number(out, frame.id);
    out.append(R"(,"batch":")").append(frame.batch).append(R"(","index":)");
    append_number(out, frame.index);
    out.append(R"(,"attempt":)");
    append_number(out, static_cast<std::uint64_t>(frame.attempt));
    out.append(R"(,"key":")").append(frame.batch).append("/");
    append_number(out, frame.index);
    out += '"';
    out.append(frame.again ? R"(,"again":true)" : "");
    append_raw(out, "row", frame.row);
    append_raw(out, "input", frame.input);
    append_raw(out, "options", frame.options);
    append_text(out, "dir", frame.dir);
    out.append("}\n");
}

void append_cancel(std::string& out, std::uint64_t id) {
    out.append(R"({"type":"cancel","id":)");
    append_number(out, id);
    out.append("}\n");
}

void append_ping(std::string& out) {
    out.append("{\"type\":\"ping\"}\n");
}

void append_drain(std::string& out) {
    out.append("{\"type\":\"drain\"}\n");
}

void append_input(std::string& out, const InputParts& input) {
    const std::size_t begin = out.size();
    append_raw(out, "text", input.text);
    append_raw(out, "media_type", input.media_type);
    append_raw(out, "value", input.value);
    append_text(out, "name", input.name);
    if (!input.files.empty()) {
        append_files(out, input.files);
    }
    close_object(out, begin);
}

}  // namespace batch
