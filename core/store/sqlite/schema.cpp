#include "core/store/sqlite/schema.hpp"

#include <array>
#include <cstdlib>
#include <vector>

namespace batch::sqlite {
namespace {

// An item row is written once and never updated: what happens to the item is told by the rows
// beside it.  id = batch.no << 32 | index, in item, result, retry, suffix, cancel_mark and log
// alike.
//
//   result       the item is finished; written once
//   retry        the item waits for a further attempt (claim = 0) or is in one (claim > 0)
//   lease        the indexes [first, first + count) were taken for the first time; with count = 0
//   the
//                lease names the retry rows that carry its number
//   batch.next   the first index that was never taken
//   batch.holes  results at or above next: cancelled one by one before their turn
//
// Columns that are read without the text beside them stand before it, or long texts would have to
// be walked over.
constexpr const char* version_1 = R"sql(
CREATE TABLE state(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  id TEXT NOT NULL,
  written_by TEXT NOT NULL) STRICT;

CREATE TABLE batch(
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  status INTEGER NOT NULL,
  total INTEGER NOT NULL DEFAULT 0,
  next INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  waiting INTEGER NOT NULL DEFAULT 0,
  taken INTEGER NOT NULL DEFAULT 0,
  holes INTEGER NOT NULL DEFAULT 0,
  bell INTEGER NOT NULL DEFAULT 1,
  confirmed INTEGER NOT NULL DEFAULT 0,
  ever_claimed INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  backoff_until INTEGER NOT NULL DEFAULT 0,
  looked_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  uid INTEGER NOT NULL,
  user TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT,
  labels TEXT NOT NULL,
  paused TEXT,
  abort_reason TEXT,
  plan TEXT NOT NULL) STRICT;
CREATE INDEX batch_open ON batch(status, no) WHERE status < 3;
CREATE INDEX batch_created ON batch(created_at);
CREATE INDEX batch_ending ON batch(substr(id, -8));

CREATE TABLE item(
  id INTEGER PRIMARY KEY,
  line INTEGER NOT NULL,
  payload TEXT NOT NULL) STRICT;
CREATE TABLE suffix(id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;

CREATE TABLE result(
  id INTEGER PRIMARY KEY,
  status INTEGER NOT NULL,
  claim INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  step INTEGER NOT NULL,
  error TEXT,
  output TEXT) STRICT;
CREATE INDEX result_failed ON result(id) WHERE status = 4;
CREATE TRIGGER result_done_stays BEFORE UPDATE ON result WHEN old.status = 3
  BEGIN SELECT RAISE(ABORT, 'a done item never changes'); END;

CREATE TABLE lease(
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  batch INTEGER NOT NULL,
  first INTEGER NOT NULL,
  count INTEGER NOT NULL,
  owner INTEGER NOT NULL) STRICT;

CREATE TABLE retry(
  id INTEGER PRIMARY KEY,
  claim INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  base INTEGER NOT NULL DEFAULT 0,
  deaths INTEGER NOT NULL DEFAULT 0,
  lost INTEGER NOT NULL DEFAULT 0,
  suspect INTEGER NOT NULL DEFAULT 0,
  step INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  carried TEXT) STRICT;
CREATE INDEX retry_waiting ON retry(id >> 32, due) WHERE claim = 0;
CREATE INDEX retry_taken ON retry(claim) WHERE claim > 0;
CREATE INDEX retry_alone ON retry(due) WHERE claim = 0 AND lost >= 3;

CREATE TABLE cancel_mark(id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE failure(
  batch INTEGER NOT NULL,
  code TEXT NOT NULL,
  count INTEGER NOT NULL,
  message TEXT NOT NULL,
  first_ten TEXT NOT NULL,
  PRIMARY KEY(batch, code)) STRICT, WITHOUT ROWID;

CREATE TABLE key(
  key TEXT PRIMARY KEY,
  batch_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  total INTEGER NOT NULL,
  until INTEGER) STRICT, WITHOUT ROWID;

CREATE TABLE daemon(
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  boot_id TEXT NOT NULL,
  pid INTEGER NOT NULL,
  start_time INTEGER NOT NULL,
  version TEXT NOT NULL,
  started_at INTEGER NOT NULL) STRICT;

CREATE TABLE writer(
  batch INTEGER PRIMARY KEY,
  work TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  pid INTEGER NOT NULL,
  start_time INTEGER NOT NULL) STRICT;

CREATE TABLE event(
  batch INTEGER NOT NULL,
  no INTEGER NOT NULL,
  at INTEGER NOT NULL,
  item INTEGER,
  event TEXT NOT NULL,
  actor TEXT NOT NULL,
  cause TEXT,
  PRIMARY KEY(batch, no)) STRICT, WITHOUT ROWID;

CREATE TABLE log(
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  item INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  cut_bytes INTEGER NOT NULL,
  step TEXT NOT NULL,
  stream TEXT NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL) STRICT;
CREATE INDEX log_item ON log(item, no);

CREATE TABLE template(
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  engine TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  schema TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY(name, version, sha256)) STRICT;
CREATE INDEX template_digest ON template(sha256);
CREATE TABLE template_use(
  sha256 TEXT NOT NULL,
  batch INTEGER NOT NULL,
  PRIMARY KEY(sha256, batch)) STRICT, WITHOUT ROWID;
CREATE INDEX template_use_batch ON template_use(batch);

CREATE TABLE account(
  name TEXT PRIMARY KEY,
  service TEXT NOT NULL,
  scopes TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  ended_at INTEGER) STRICT;
)sql";

// Batches of a higher priority are claimed from first.
constexpr const char* version_2 = R"sql(
ALTER TABLE batch ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
)sql";

// The sweep takes the first rows of an index, however many batches wait: those with items that
// never had to wait in the order of their turns, those that are held and those with retries by
// their time. batch.retry_due is the earliest time of its waiting retries (but of those that run
// alone).
constexpr const char* version_3 = R"sql(
ALTER TABLE batch ADD COLUMN retry_due INTEGER;
UPDATE batch SET retry_due = (SELECT min(due) FROM retry INDEXED BY retry_waiting
  WHERE retry.id >> 32 = batch.no AND claim = 0 AND lost < 3)
  WHERE status BETWEEN 0 AND 2 AND waiting > taken;
CREATE INDEX batch_fresh ON batch(priority, looked_at)
  WHERE status BETWEEN 0 AND 2 AND paused IS NULL AND abort_reason IS NULL
  AND total - next - holes > 0 AND backoff_until = 0;
CREATE INDEX batch_held ON batch(backoff_until)
  WHERE status BETWEEN 0 AND 2 AND paused IS NULL AND abort_reason IS NULL
  AND total - next - holes > 0 AND backoff_until > 0;
CREATE INDEX batch_retry ON batch(max(backoff_until, retry_due))
  WHERE status BETWEEN 0 AND 2 AND paused IS NULL AND abort_reason IS NULL
  AND retry_due IS NOT NULL;
)sql";

// Whose login an account is, is told by issuer and subject; no program ever wrote to the table.
// The batches that wait for a login are found however many wait for something else.
constexpr const char* version_4 = R"sql(
DROP TABLE account;
CREATE TABLE account(
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  full_name TEXT NOT NULL,
  picture TEXT NOT NULL,
  scopes TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  PRIMARY KEY(issuer, subject)) STRICT, WITHOUT ROWID;
CREATE INDEX batch_paused ON batch(paused ->> 'code')
  WHERE status BETWEEN 0 AND 2 AND paused IS NOT NULL;
)sql";

constexpr std::array steps{
    Migration{.version = 1, .sql = version_1},
    Migration{.version = 2, .sql = version_2},
    Migration{.version = 3, .sql = version_3},
    Migration{.version = 4, .sql = version_4},
};

#ifdef BATCH_TEST_HOOKS

/// With TEST_MIGRATION set this is the next version of the program, for tests of upgrades.
std::vector<Migration> with_next_step() {
    std::vector<Migration> all(steps.begin(), steps.end());
    if (std::getenv("TEST_MIGRATION") != nullptr) {
        all.push_back(
            {.version = all.back().version + 1, .sql = "CREATE TABLE tried(n INTEGER) STRICT"});
    }
    return all;
}

#endif

}  // namespace

std::span<const Migration> migrations() {
#ifdef BATCH_TEST_HOOKS
    static const std::vector<Migration> all = with_next_step();
    return all;
#else
    return steps;
#endif
}

int newest_version() {
    return migrations().back().version;
}

}  // namespace batch::sqlite
