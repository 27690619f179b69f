#pragma once

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/model/retry_policy.hpp"
#include "core/plugin/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// A text that is JSON already and goes out as it is.  Empty: the member is left out.
using RawJson = std::string_view;

/// The template of a step; without a name there is none.
struct TemplateText {
    std::string_view name = {};
    std::string_view sha256 = {};
    std::string_view source = {};
};

struct InitFrame {
    RawJson options = "{}";
    TemplateText template_text = {};
    bool jailed = false;  ///< whether what the plugin starts must run in a jail
};

/// The work on one item.  Constant for a batch: `batch`.
struct ItemFrame {
    std::uint64_t id = 0;
    std::string_view batch = {};
    std::uint32_t index = 0;
    int attempt = 1;
    bool again = false;  ///< this step of it may have been begun before
    RawJson row = {};
    RawJson input = {};         ///< object: what the step before made (see append_input)
    RawJson options = {};       ///< object: only with placeholders of this row filled in
    std::string_view dir = {};  ///< only for plugins with files
};

/// Each appends one frame with its line end; texts must be UTF-8.  The item's key is
/// "<batch>/<index>".
void append_init(std::string& out, const InitFrame& frame);
void append_item(std::string& out, const ItemFrame& frame);
void append_cancel(std::string& out, std::uint64_t id);
void append_ping(std::string& out);
void append_drain(std::string& out);

/// A file handed from one step to the next, or made by one.
struct FrameFile {
    std::string path = {};
    std::string name = {};        ///< may be empty
    std::string media_type = {};  ///< may be empty
};

/// What the step before made; raw slices of its result go in unchanged.
struct InputParts {
    RawJson text = {};        ///< a JSON string
    RawJson media_type = {};  ///< a JSON string
    RawJson value = {};
    std::string_view name = {};
    std::vector<FrameFile> files = {};
};

/// Appends the object for ItemFrame::input.
void append_input(std::string& out, const InputParts& input);

enum class AnswerType { unknown, ready, result, error, progress, log, pong };

/// A frame of a plugin.  The slices point into the line that was read.
struct Answer {
    AnswerType type = AnswerType::unknown;
    std::optional<std::uint64_t> id = {};
    RawJson text = {}, media_type = {}, value = {}, files = {}, deliveries = {};  ///< of result
    RawJson error_class = {}, code = {}, message = {}, hint = {}, after_ms = {};  ///< of error
    RawJson level = {}, stream = {}, log_text = {}, cut_bytes = {};               ///< of log
    RawJson done = {}, total = {};                                                ///< of progress
    /// Not empty if the frame is understood but breaks a rule, such as a text over 1 MiB; then the
    /// item of `id` has failed for good.
    std::string_view fault = {};
};

/// An error frame in values.
struct PluginError {
    ErrorClass error_class = ErrorClass::permanent;
    std::string code = {};
    std::string message = {};
    std::string hint = {};
    std::optional<Millis> after = {};
};

/// A log frame in values.
struct PluginLog {
    std::string level = {};
    std::string stream = {};  ///< err, out or log
    std::string text = {};
    std::uint64_t cut_bytes = 0;
};

PluginError error_of(const Answer& answer);
PluginLog log_of(const Answer& answer);

/// Throws Error{bad_input} if a path is missing.
std::vector<FrameFile> files_of(RawJson files);

/// Reads the lines of plugins: validated as JSON and UTF-8, then sliced, never made into a tree.
/// Keeps its memory for the next line; one for each thread.
class AnswerReader {
public:
    /// Throws Error{bad_input} if the line is no frame at all: not JSON, no object, without a type.
    Answer read(std::string_view line);

private:
    JsonValidator validator_;
};

}  // namespace batch
