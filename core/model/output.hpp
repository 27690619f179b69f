#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// A file that a step made for an item.
struct Artifact {
    std::string name;        ///< as delivered: "Ada Lovelace.pdf"
    std::string path;        ///< where it lies in the state folder; empty once dropped
    std::string media_type;  ///< "application/pdf"
    std::int64_t size = 0;   ///< bytes
    std::string sha256;      ///< 64 hexadecimal digits
};

/// A copy handed over to a target.
struct Delivery {
    std::string target;    ///< as the user wrote it: "./cards"
    std::string location;  ///< an absolute path or a URL
    std::string at;        ///< RFC 3339
    std::string id;        ///< the target's own id of it; may be empty
};

/// What an item came to: text, value or artifacts, and where they were delivered.
struct Output {
    std::optional<std::string> text;
    std::string media_type;  ///< of the text; "text/plain" if empty
    std::string value;       ///< JSON text; empty if there is none
    std::vector<Artifact> artifacts;
    std::vector<Delivery> deliveries;
};

/// As stored: a JSON object of the parts that are there.
std::string to_json(const Output& output);

/// Inverse of to_json(); throws Error{state} if the text is not one.
Output output_of(std::string_view json);

/// The first delivery, else the first artifact that is still there; empty if neither.
std::string location_of(const Output& output);

/// "pdf" for "application/pdf"; "bin" if nobody knows.
std::string_view extension_of(std::string_view media_type) noexcept;

/// "application/pdf" for "pdf" or "a/b.pdf"; "application/octet-stream" if nobody knows.
std::string_view media_type_of(std::string_view name_or_extension) noexcept;

}  // namespace batch
