#pragma once

#include "core/base/time.hpp"
#include "core/model/retry_policy.hpp"
#include "core/model/status.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace batch {

/// Number of a batch inside its state file: the upper half of its items' keys; never reused.
using BatchNo = std::int64_t;

/// Position of an item in its batch, from 0.
using ItemIndex = std::uint32_t;

/// One number for one item of a state file.
struct ItemId {
    std::int64_t value = 0;

    static ItemId of(BatchNo batch, ItemIndex index) noexcept { return {(batch << 32) | index}; }

    BatchNo batch() const noexcept { return value >> 32; }

    ItemIndex index() const noexcept { return static_cast<ItemIndex>(value & 0xffffffff); }

    auto operator<=>(const ItemId&) const = default;
};

/// A template as a batch remembers it; its text lies in the state file under the digest.
struct TemplateRef {
    std::string name;            ///< the file's name, or that of the stored template
    std::optional<int> version;  ///< of a stored template
    std::string sha256;
};

/// One plugin with its options, in the order in which an item passes through them.
struct Step {
    std::string plugin;
    std::string version;         ///< of the plugin when the batch was submitted
    std::string options = "{}";  ///< JSON object, with {placeholders} where has_placeholders
    bool has_placeholders = false;
    std::optional<TemplateRef> template_ref;
};

/// What happens when an output's name is taken.
enum class OnCollision { error, suffix, overwrite };

/// How a batch is worked off; fixed at submit, changed in part by retry.
struct Plan {
    std::vector<Step> steps;
    RetryPolicy retry;
    int concurrency = 0;      ///< -j; 0: the daemon's workers.count
    std::string output_name;  ///< template of each output's name; empty: the index
    std::string extension;    ///< expected of the outputs: "pdf"; empty if unknown
    OnCollision on_collision = OnCollision::error;
    std::vector<std::string> deliver;  ///< targets as the user wrote them
    std::string source;                ///< name of the rows: "students.csv"; empty for arguments
};

std::string to_json(const Plan& plan);
Plan plan_of(std::string_view json);

/// Why a batch waits or was stopped: a closed word, a sentence, what to type (may be empty).
struct Reason {
    std::string code;
    std::string message;
    std::string hint;
};

/// What kept failing, per error code.
struct Failure {
    std::string code;
    std::string message;  ///< the first item's
    std::int64_t count = 0;
    std::vector<ItemIndex> items;  ///< the first ten
};

/// Which batches are claimed from first.  The numbers are those stored in the state file.
enum class Priority { low = -1, normal = 0, high = 1 };

/// A batch as it is stored, without its items.
struct Batch {
    BatchNo no = 0;
    std::string id;
    std::string name;
    std::optional<std::string> key;
    std::map<std::string, std::string> labels;
    BatchStatus status = BatchStatus::draft;
    std::optional<Reason> paused;   ///< set while paused
    std::optional<Reason> aborted;  ///< set once an abort was asked for
    Counts counts;
    bool ever_claimed = false;
    bool confirmed = false;
    int bell = 0;
    Priority priority = Priority::normal;
    std::string user;
    std::uint32_t uid = 0;
    TimePoint submitted_at{};
    std::optional<TimePoint> started_at;
    std::optional<TimePoint> finished_at;
    TimePoint backoff_until{};  ///< not claimable before
    Plan plan;
    std::vector<Failure> failures;
};

/// The last 8 characters: UUIDv7s of one minute begin alike.
std::string short_id(std::string_view id);

}  // namespace batch
