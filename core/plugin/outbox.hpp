#pragma once

#include "core/base/time.hpp"
#include "core/model/retry_policy.hpp"
#include "core/os/fd.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace batch::plugin {

using Json = nlohmann::json;

/// Names one execution of one item; good for one answer.
using ItemId = std::uint64_t;

/// Why an item, or with init everything, cannot be done: the fields of an "error" frame.
struct Refusal {
    ErrorClass error_class = ErrorClass::permanent;
    std::string code;
    std::string message;
    std::string hint;
    std::optional<Millis> after;  ///< of throttled: not again before
};

/// Thrown by a plugin in init() or item(): becomes the "error" frame.
class Refused : public std::runtime_error {
public:
    explicit Refused(Refusal refusal);

    const Refusal& refusal() const noexcept { return refusal_; }

private:
    Refusal refusal_;
};

/// What a plugin wrote to one of its streams, or says itself, about an item.
struct LogText {
    std::string level = "info";  ///< error, warn, info, debug
    std::string stream = "log";  ///< err, out or log
    std::string text;
    std::uint64_t cut_bytes = 0;  ///< how much more there was
};

/// Frames on their way to batchd.  They leave with flush(), or by themselves once many have
/// gathered.
class Outbox {
public:
    explicit Outbox(Fd fd) noexcept;

    void ready();

    /// `content` is an object with text and media_type, value or files, and deliveries; an empty
    /// one passes on what the step before made.  A content that is too long or not UTF-8 leaves as
    /// a permanent error instead.
    void result(ItemId item, Json content);
    void error(ItemId item, const Refusal& refusal);

    /// Without an item: the plugin cannot work with these options.
    void refuse(const Refusal& refusal);

    void progress(ItemId item, std::uint64_t done, std::uint64_t total);
    void log(ItemId item, const LogText& log);
    void pong();

    /// Blocks until batchd has taken it all; batchd always reads while it writes.
    void flush();

private:
    void append(const Json& frame);

    Fd fd_;
    std::string buffer_;
};

}  // namespace batch::plugin
