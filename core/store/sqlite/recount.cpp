#include "core/store/sqlite/recount.hpp"

#include "core/store/sqlite/key_range.hpp"

#include <fmt/core.h>

#include <map>

namespace batch::sqlite {
namespace {

constexpr const char* count_items = "SELECT count(*) FROM item WHERE id >= ?1 AND id < ?2";
constexpr const char* count_results =
    "SELECT count(*) FILTER (WHERE status = 3), count(*) FILTER (WHERE status = 4), "
    "count(*) FILTER (WHERE status = 5), count(*) FILTER (WHERE id >= ?3) FROM result "
    "WHERE id >= ?1 AND id < ?2";
constexpr const char* count_retries =
    "SELECT count(*) FILTER (WHERE claim = 0), count(*) FILTER (WHERE claim > 0) FROM retry "
    "WHERE id >= ?1 AND id < ?2";
constexpr const char* count_leased =
    "SELECT coalesce(sum((SELECT count(*) FROM item WHERE id >= (?1 << 32) + lease.first "
    "AND id < (?1 << 32) + lease.first + lease.count "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = item.id))), 0) "
    "FROM lease WHERE batch = ?1 AND count > 0";
constexpr const char* count_codes =
    "SELECT coalesce(error ->> 'code', ''), count(*) FROM result INDEXED BY result_failed "
    "WHERE status = 4 AND id >= ?1 AND id < ?2 GROUP BY 1";
constexpr const char* stored_codes = "SELECT code, count FROM failure WHERE batch = ?1";

using CountOfCodes = std::map<std::string, std::int64_t>;

CountOfCodes codes(Rows rows) {
    CountOfCodes counts;
    while (rows.next()) {
        counts[rows.string(0)] = rows.integer(1);
    }
    return counts;
}

class Recount {
public:
    Recount(Connection& connection, const BatchRow& stored)
        : connection_(connection), stored_(stored) {}

    std::vector<std::string> run() {
        count_rows();
        compare();
        return std::move(differences_);
    }

private:
    void count_rows();
    void compare();
    void compare(const char* what, std::int64_t found, std::int64_t counted);

    Connection& connection_;
    const BatchRow& stored_;
    BatchRow found_;
    std::int64_t unclaimed_ = 0;
    std::int64_t running_ = 0;
    std::vector<std::string> differences_;
};

void Recount::count_rows() {
    const std::int64_t first = first_key(stored_.no);
    const std::int64_t end = end_key(stored_.no);
    found_.total = connection_.query(count_items, first, end).next_integer();
    {
        Rows row = connection_.query(count_results, first, end, first + stored_.next);
        row.next();
        found_.done = row.integer(0);
        found_.failed = row.integer(1);
        found_.cancelled = row.integer(2);
        found_.holes = row.integer(3);
    }
    {
        Rows row = connection_.query(count_retries, first, end);
        row.next();
        unclaimed_ = row.integer(0);
        found_.taken = row.integer(1);
    }
    found_.waiting = unclaimed_ + found_.taken;
    running_ = found_.taken + connection_.query(count_leased, stored_.no).next_integer();
    if (stored_.aborted) {
        // Whatever neither ended nor is at work is cancelled, with or without a row.
        found_.cancelled = found_.total - found_.done - found_.failed - running_;
        found_.waiting = found_.taken;
        found_.holes = 0;
    }
}

void Recount::compare(const char* what, std::int64_t found, std::int64_t counted) {
    if (found != counted) {
        differences_.push_back(fmt::format("{} {} are counted as {}", found, what, counted));
    }
}

void Recount::compare() {
    compare("items", found_.total, stored_.total);
    compare("done items", found_.done, stored_.done);
    compare("failed items", found_.failed, stored_.failed);
    compare("cancelled items", found_.cancelled, stored_.cancelled);
    compare("running items", running_, stored_.counts().running);
    compare("waiting items", found_.waiting, stored_.waiting);
    compare("waiting items at work", found_.taken, stored_.taken);
    compare("items that ended before their turn", found_.holes, stored_.holes);
    if (!stored_.aborted && stored_.retry_due != earliest_retry(connection_, stored_.no)) {
        differences_.emplace_back("the time of the next retry differs");
    }
    if (stored_.status != stored_.derived()) {
        differences_.push_back(fmt::format("the status is {}, but {} follows from the items",
                                           word_of(stored_.status), word_of(stored_.derived())));
    }
    const std::int64_t first = first_key(stored_.no);
    if (codes(connection_.query(count_codes, first, end_key(stored_.no))) !=
        codes(connection_.query(stored_codes, stored_.no))) {
        differences_.emplace_back("the counts per error code differ");
    }
}

}  // namespace

std::vector<std::string> recount(Connection& connection, BatchNo batch) {
    const Transaction reading(connection, Access::read);
    Ledger ledger(connection, {});
    const BatchRow* stored = ledger.find(batch);
    return stored == nullptr ? std::vector<std::string>{} : Recount(connection, *stored).run();
}

}  // namespace batch::sqlite
