#include "core/store/sqlite/upkeep.hpp"

#include "core/base/text.hpp"
#include "core/store/sqlite/checkpoint.hpp"
#include "core/store/sqlite/migration.hpp"
#include "core/store/sqlite/recount.hpp"
#include "core/store/sqlite/writer.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

namespace batch::sqlite {
namespace {

constexpr const char* check_pages = "PRAGMA quick_check(1)";
constexpr const char* all_batches = "SELECT no, id FROM batch WHERE status >= 0 ORDER BY no";
constexpr const char* is_batch = "SELECT EXISTS(SELECT 1 FROM batch WHERE no = ?1)";
// The batches that have rows of a kind, one after the other, without a look at each row.
constexpr std::array batches_with_rows{
    "SELECT id >> 32 FROM item WHERE id >= ?1 << 32 ORDER BY id LIMIT 1",
    "SELECT id >> 32 FROM result WHERE id >= ?1 << 32 ORDER BY id LIMIT 1",
    "SELECT id >> 32 FROM retry WHERE id >= ?1 << 32 ORDER BY id LIMIT 1",
};

using Findings = std::vector<StoreFinding>;

void check_file(Connection& connection, Findings& findings) {
    const std::string answer = connection.query(check_pages).next_text();
    if (answer != "ok") {
        findings.push_back({.ok = false,
                            .message = "the file is damaged: " + answer,
                            .mend = "keep a copy, then start anew: --state PATH"});
    }
    const auto log = wal_bytes(connection);
    if (log > stuck_wal) {
        findings.push_back({.ok = false,
                            .minor = true,
                            .message = "the write-ahead log has " + bytes_text(log),
                            .mend = "end what reads the file for long, then: batchd"});
    }
}

void check_counters(Connection& connection, Findings& findings) {
    std::vector<std::pair<BatchNo, std::string>> batches;
    {
        Rows rows = connection.query(all_batches);
        while (rows.next()) {
            batches.emplace_back(rows.integer(0), rows.string(1));
        }
    }
    std::set<BatchNo> half_done;
    for (const Abandoned& work : abandoned_work(connection)) {
        half_done.insert(work.batch);
    }
    for (const auto& [no, id] : batches) {
        if (half_done.contains(no)) {
            continue;
        }
        for (const std::string& difference : recount(connection, no)) {
            findings.push_back(
                {.ok = false,
                 .message = fmt::format("{}: {}", short_id(id), difference),
                 .mend = "keep a copy of the file, then: batchctl rm " + short_id(id)});
        }
    }
}

void check_orphans(Connection& connection, Findings& findings) {
    std::set<BatchNo> orphans;
    for (const char* sql : batches_with_rows) {
        for (BatchNo from = 0;;) {
            Rows row = connection.query(sql, from);
            if (!row.next()) {
                break;
            }
            from = row.integer(0);
            if (connection.query(is_batch, from).next_integer() == 0) {
                orphans.insert(from);
            }
            ++from;
        }
    }
    if (!orphans.empty()) {
        findings.push_back(
            {.ok = false,
             .message = fmt::format("rows are left of batches that are gone: {}",
                                    fmt::join(orphans, ", ")),
             .mend = "they only take room; a new file is free of them: --state PATH"});
    }
}

void check_leftovers(Connection& connection, Findings& findings) {
    const auto abandoned = abandoned_work(connection);
    if (!abandoned.empty()) {
        findings.push_back(
            {.ok = false,
             .minor = true,
             .message = fmt::format(
                 "{} of programs that died half-way",
                 abandoned.size() == 1 ? "1 change" : fmt::format("{} changes", abandoned.size())),
             .mend = "batchd tidies up when it starts: batchd"});
    }
}

}  // namespace

std::vector<StoreFinding> check_state(Connection& connection) {
    Findings findings;
    check_file(connection, findings);
    check_counters(connection, findings);
    check_orphans(connection, findings);
    check_leftovers(connection, findings);
    if (findings.empty()) {
        findings.push_back(
            {.ok = true,
             .message = fmt::format(
                 "version {}, {}, counters agree", version_of(connection),
                 bytes_text(std::filesystem::file_size(connection.path()) + wal_bytes(connection))),
             .mend = {}});
    }
    return findings;
}

}  // namespace batch::sqlite
