#include "core/store/sqlite/migration.hpp"
#include "core/store/sqlite/opening.hpp"
#include "core/store/sqlite/sqlite_store.hpp"
#include "core/store/sqlite/upkeep.hpp"

#include <utility>

namespace batch {
namespace sqlite {

SqliteStore::SqliteStore(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)),
      submitting_(*connection_),
      reading_(*connection_),
      steering_(*connection_),
      working_(*connection_),
      accounts_(*connection_) {}

std::string SqliteStore::state_id() {
    return connection_->query("SELECT id FROM state").next_text();
}

int SqliteStore::schema_version() {
    return version_of(*connection_);
}

bool SqliteStore::may_be_stale() const {
    return connection_->rights() == Rights::frozen;
}

void SqliteStore::require_writable() const {
    connection_->require_writable();
}

std::vector<StoreFinding> SqliteStore::check() {
    return check_state(*connection_);
}

}  // namespace sqlite

namespace {

std::unique_ptr<Store> open(const std::filesystem::path& path, OpenMode mode,
                            const MigrationNews& tell) {
    return std::make_unique<sqlite::SqliteStore>(sqlite::open_file(path, mode, tell));
}

}  // namespace

extern const StoreBackend sqlite_store;
constinit const StoreBackend sqlite_store{
    .scheme = "sqlite",
    .summary = "one file; needs no server",
    .version = sqlite::newest_version,
    .open = open,
};

}  // namespace batch
