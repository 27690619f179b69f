#include "core/base/row_error.hpp"

#include "core/base/place.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

namespace batch {

namespace {

/// UTF-16, which Excel calls "Unicode text", begins with a mark or has a NUL in every other byte.
bool is_utf16(std::string_view text) {
    return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
           text.substr(0, 2).find('\0') != std::string_view::npos;
}

std::string conversion(std::string_view encoding, const std::string& file) {
    const std::filesystem::path path(file);
    const auto converted =
        path.parent_path() / (path.stem().string() + "-utf8" + path.extension().string());
    return fmt::format("convert it: iconv -f {} -t UTF-8 {} >{}", encoding, shell_word(file),
                       shell_word(converted.string()));
}

Error encoding_error(std::string_view text, std::size_t offset, const Place& place) {
    const std::size_t line_start = text.substr(0, offset).rfind('\n') + 1;
    const auto byte = static_cast<unsigned char>(text[offset]);
    const std::string what =
        byte == 0 ? "a NUL character" : fmt::format("not UTF-8 (0x{:02X})", byte);
    const std::string hint = is_utf16(text) ? conversion("UTF-16", place.file)
                             : byte == 0    ? std::string()
                                            : conversion("WINDOWS-1252", place.file);
    return Error(ErrorKind::bad_input, fmt::format("byte {} is {}", offset - line_start + 1, what),
                 hint)
        .at(place);
}

}  // namespace

std::optional<Error> text_problem(std::string_view text, std::string_view file, std::size_t line) {
    const std::size_t nul = text.find('\0');
    const bool is_good = is_utf8(text);
    if (nul == std::string_view::npos && is_good) {
        return std::nullopt;
    }
    const std::size_t offset = std::min(nul, is_good ? text.size() : *utf8_error_offset(text));
    return encoding_error(text, offset,
                          place_in(text, offset, {.file = std::string(file), .line = line}));
}

Error row_too_large(std::size_t limit, Place place) {
    return Error(ErrorKind::bad_input, fmt::format("this row has more than {}", bytes_text(limit)),
                 "put its text in a file and give the file's name as a column")
        .at(std::move(place));
}

void check_payload(std::string_view payload, std::size_t limit, const Place& place) {
    if (payload.size() > limit) {
        throw row_too_large(limit, place);
    }
}

}  // namespace batch
