#pragma once

#include "core/model/item.hpp"
#include "core/store/submitting.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

struct BatchFilter {
    std::vector<BatchStatus> statuses;          ///< empty: all
    std::map<std::string, std::string> labels;  ///< all must match
    std::optional<TimePoint> since;             ///< submitted at or after, or unfinished
    std::optional<TimePoint> finished_before;
    std::string paused_by;  ///< code of what they are paused by; empty: also those that are not
    std::size_t limit = 0;  ///< newest first; 0: all
};

/// Which items of a batch: ranges of indexes, both ends included; empty means all.
struct IndexRange {
    ItemIndex first = 0;
    ItemIndex last = 0;
};

struct ItemFilter {
    std::vector<IndexRange> ranges;
    std::vector<ItemStatus> statuses;  ///< empty: all
    std::string cause;                 ///< error code; empty: any
    std::size_t limit = 0;             ///< 0: all
    bool with_payload = false;
    bool with_output = false;
};

/// Which log lines of a batch.
struct LogFilter {
    std::vector<IndexRange> ranges;  ///< of items; empty: all
    std::int64_t after = 0;          ///< only lines with a greater number
};

/// A daemon as its row tells.
struct DaemonRow {
    std::int64_t no = 0;
    std::string boot_id;
    std::int64_t pid = 0;
    std::int64_t start_time = 0;  ///< clock ticks since boot, proc(5) stat field 22
    std::string version;
    TimePoint started_at{};
};

/// The way out: what is stored, without changing it.  Costs nothing that grows with the items,
/// except where items are asked for; those come in index order, in pages, never with a long-lived
/// read transaction.
class Reading {
public:
    virtual ~Reading() = default;
    virtual std::vector<Batch> batches(const BatchFilter& filter) = 0;

    /// By number; nothing if it was removed.
    virtual std::optional<Batch> batch(BatchNo no) = 0;

    /// Candidates for an id, a unique beginning or ending of one (4 characters at least),
    /// `@last` of this uid, or key=KEY; newest first, at most `limit`.
    virtual std::vector<Batch> fitting(std::string_view name, std::uint32_t uid,
                                       std::size_t limit) = 0;

    /// Calls `take` per item until it returns false; returns how many fitted in all if that is
    /// known without counting, else how many were given.
    virtual std::size_t items(BatchNo batch, const ItemFilter& filter,
                              const std::function<bool(const Item&)>& take) = 0;

    /// Item by item, each item's lines as they were written.
    virtual void logs(BatchNo batch, const LogFilter& filter,
                      const std::function<bool(const LogLine&)>& take) = 0;

    /// As they were written, whatever the item: to follow them.
    virtual void new_logs(BatchNo batch, const LogFilter& filter,
                          const std::function<bool(const LogLine&)>& take) = 0;

    /// The number of the latest log line of all batches; 0 if there is none.
    virtual std::int64_t last_log() = 0;
    virtual std::vector<StoredTemplate> templates() = 0;

    /// By name and version (newest if absent), or by digest; with its source.
    virtual std::optional<StoredTemplate> find_template(std::string_view name,
                                                        std::optional<int> version) = 0;
    virtual std::optional<StoredTemplate> template_text(std::string_view sha256) = 0;

    /// The latest daemon that worked on this file.
    virtual std::optional<DaemonRow> last_daemon() = 0;

    /// Changes whenever another connection has committed; a few microseconds.
    virtual std::int64_t version() = 0;

protected:
    Reading() = default;
    Reading(const Reading&) = default;
    Reading& operator=(const Reading&) = default;
};

}  // namespace batch
