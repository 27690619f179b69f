#include "cli/output/status_table.hpp"

#include "cli/output/shapes.hpp"
#include "cli/progress.hpp"
#include "cli/reason.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

std::string shown_done(const Json& record) {
    return fmt::format("{}/{}", grouped(record["done"].get<std::int64_t>()),
                       grouped(record["total"].get<std::int64_t>()));
}

std::string shown_rate(const Json& record) {
    return record["rate"].is_null() ? "-" : rate_text(record["rate"].get<double>());
}

std::string shown_left(const Json& record) {
    if (record["eta_ms"].is_null()) {
        return "-";
    }
    const Millis left(record["eta_ms"].get<std::int64_t>());
    return left < 1s ? "<1s" : coarse(left);
}

std::string shown_age(const Json& record) {
    return coarse(now() - parse_rfc3339(record["submitted_at"].get<std::string>()));
}

std::string shown_reason(const Json& record) {
    const Json& reason = record["reason"];
    return reason.is_null() ? "-" : reason.value("message", "");
}

std::string plain_reason(const Json& record) {
    const Json& reason = record["reason"];
    return reason.is_null() ? "" : reason.value("code", "");
}

Paint paint_of_failed(const Json& record) {
    return record["failed"].get<std::int64_t>() > 0 ? Paint::bad : Paint::none;
}

}  // namespace

std::vector<Column> status_columns(bool people) {
    std::vector<Column> all{{.field = people ? "short" : "id", .title = "BATCH"},
                            {.field = "name"},
                            status_column(),
                            {.field = "done", .shown = shown_done}};
    if (!people) {
        all.push_back({.field = "total"});
    }
    all.push_back({.field = "failed", .right = true, .paint = paint_of_failed});
    all.push_back({.field = "rate", .shown = shown_rate});
    all.push_back({.field = "eta_ms", .title = "LEFT", .shown = shown_left});
    all.push_back({.field = "submitted_at", .title = "AGE", .shown = shown_age});
    all.push_back(
        {.field = "reason", .clipped = true, .shown = shown_reason, .plain = plain_reason});
    return all;
}

Json status_record(const Batch& batch, const std::optional<Reason>& reason, bool flat) {
    Json record = batch_shape(batch, reason);
    if (flat) {
        record["done"] = batch.counts.done;
        record["total"] = batch.counts.total;
        record["failed"] = batch.counts.failed;
    }
    return record;
}

std::string status_table(Context& context, const std::vector<Batch>& batches, const Why& why) {
    std::vector<Json> records;
    for (const Batch& batch : batches) {
        records.push_back(status_record(batch, why(batch), true));
    }
    return table_text(context, status_columns(true), records);
}

}  // namespace batch::cli
