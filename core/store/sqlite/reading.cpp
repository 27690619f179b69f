#include "core/store/sqlite/reading.hpp"

#include "core/store/sqlite/batches.hpp"
#include "core/store/sqlite/items.hpp"
#include "core/store/sqlite/logs.hpp"

namespace batch::sqlite {
namespace {

constexpr const char* listed_templates =
    "SELECT name, version, engine, sha256, '', schema, created_at FROM template "
    "WHERE version > 0 ORDER BY name, version";
constexpr const char* template_by_name =
    "SELECT name, version, engine, sha256, source, schema, created_at FROM template "
    "WHERE name = ?1 AND (?2 IS NULL OR version = ?2) AND version > 0 "
    "ORDER BY version DESC LIMIT 1";
constexpr const char* template_by_digest =
    "SELECT name, version, engine, sha256, source, schema, created_at FROM template "
    "WHERE sha256 = ?1 LIMIT 1";
constexpr const char* newest_daemon =
    "SELECT no, boot_id, pid, start_time, version, started_at FROM daemon "
    "ORDER BY no DESC LIMIT 1";
constexpr const char* last_log_line = "SELECT coalesce(max(no), 0) FROM log";
constexpr const char* data_version = "PRAGMA data_version";

StoredTemplate template_of(const Rows& row) {
    return {.name = row.string(0),
            .version = static_cast<int>(row.integer(1)),
            .engine = row.string(2),
            .sha256 = row.string(3),
            .source = row.string(4),
            .schema = row.string(5),
            .created_at = row.time(6)};
}

}  // namespace

std::vector<Batch> SqliteReading::batches(const BatchFilter& filter) {
    return find_batches(connection_, filter);
}

std::optional<Batch> SqliteReading::batch(BatchNo no) {
    return find_batch(connection_, no);
}

std::vector<Batch> SqliteReading::fitting(std::string_view name, std::uint32_t uid,
                                          std::size_t limit) {
    return batches_fitting(connection_, name, uid, limit);
}

std::size_t SqliteReading::items(BatchNo batch, const ItemFilter& filter,
                                 const std::function<bool(const Item&)>& take) {
    return ItemReader(connection_, batch, filter).read(take);
}

void SqliteReading::logs(BatchNo batch, const LogFilter& filter,
                         const std::function<bool(const LogLine&)>& take) {
    read_logs(connection_, batch, filter, take);
}

void SqliteReading::new_logs(BatchNo batch, const LogFilter& filter,
                             const std::function<bool(const LogLine&)>& take) {
    read_new_logs(connection_, batch, filter, take);
}

std::int64_t SqliteReading::last_log() {
    return connection_.query(last_log_line).next_integer();
}

std::vector<StoredTemplate> SqliteReading::templates() {
    std::vector<StoredTemplate> found;
    Rows rows = connection_.query(listed_templates);
    while (rows.next()) {
        found.push_back(template_of(rows));
    }
    return found;
}

std::optional<StoredTemplate> SqliteReading::find_template(std::string_view name,
                                                           std::optional<int> version) {
    Rows row = connection_.query(template_by_name, name, version);
    return row.next() ? std::optional(template_of(row)) : std::nullopt;
}

std::optional<StoredTemplate> SqliteReading::template_text(std::string_view sha256) {
    Rows row = connection_.query(template_by_digest, sha256);
    return row.next() ? std::optional(template_of(row)) : std::nullopt;
}

std::optional<DaemonRow> SqliteReading::last_daemon() {
    Rows row = connection_.query(newest_daemon);
    if (!row.next()) {
        return std::nullopt;
    }
    return DaemonRow{.no = row.integer(0),
                     .boot_id = row.string(1),
                     .pid = row.integer(2),
                     .start_time = row.integer(3),
                     .version = row.string(4),
                     .started_at = row.time(5)};
}

std::int64_t SqliteReading::version() {
    return connection_.query(data_version).next_integer();
}

}  // namespace batch::sqlite
