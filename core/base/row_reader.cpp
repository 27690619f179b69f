#include "core/base/row_reader.hpp"

#include "core/base/csv.hpp"
#include "core/base/error.hpp"
#include "core/base/json_array.hpp"
#include "core/base/lines.hpp"
#include "core/base/ndjson.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace batch {

namespace {

struct Name {
    std::string_view word;
    RowsFormat format;
};

constexpr std::array names = std::to_array<Name>({{"csv", RowsFormat::csv},
                                                  {"tsv", RowsFormat::tsv},
                                                  {"ndjson", RowsFormat::ndjson},
                                                  {"json", RowsFormat::json},
                                                  {"lines", RowsFormat::lines}});

constexpr std::array extensions = std::to_array<Name>({{".csv", RowsFormat::csv},
                                                       {".tsv", RowsFormat::tsv},
                                                       {".ndjson", RowsFormat::ndjson},
                                                       {".jsonl", RowsFormat::ndjson},
                                                       {".json", RowsFormat::json},
                                                       {".txt", RowsFormat::lines}});

}  // namespace

std::optional<RowsFormat> format_of_name(std::string_view path) {
    const std::string extension = lower(std::filesystem::path(path).extension().string());
    const auto* const found = std::ranges::find(extensions, extension, &Name::word);
    return found == extensions.end() ? std::nullopt : std::optional(found->format);
}

RowsFormat parse_rows_format(std::string_view text) {
    const auto* const found = std::ranges::find(names, text, &Name::word);
    if (found == names.end()) {
        throw Error(
            ErrorKind::usage,
            fmt::format(R"("{}" is no format of rows; write csv, tsv, ndjson, json, lines)", text));
    }
    return found->format;
}

std::string_view word_of(RowsFormat format) noexcept {
    const auto* const found = std::ranges::find(names, format, &Name::format);
    return found->word;
}

std::unique_ptr<RowReader> open_rows(RowsFormat format, ByteSource& source, std::string file,
                                     const RowLimits& limits) {
    switch (format) {
        case RowsFormat::csv: return open_csv(source, std::move(file), limits, ',');
        case RowsFormat::tsv: return open_csv(source, std::move(file), limits, '\t');
        case RowsFormat::ndjson: return open_ndjson(source, std::move(file), limits);
        case RowsFormat::json: return open_json_array(source, std::move(file), limits);
        case RowsFormat::lines: break;
    }
    return open_lines(source, std::move(file), limits);
}

}  // namespace batch
