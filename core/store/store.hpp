#pragma once

#include "core/store/accounts.hpp"
#include "core/store/reading.hpp"
#include "core/store/steering.hpp"
#include "core/store/submitting.hpp"
#include "core/store/working.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// What `doctor` learns by looking at everything.
struct StoreFinding {
    bool ok = true;
    bool minor = false;  ///< nothing is lost, and it goes away by itself
    std::string message;
    std::string mend;
};

/// Where batches are kept.  One object per thread.  Five faces, so that nobody sees more than
/// needed.
class Store {
public:
    virtual ~Store() = default;
    virtual Submitting& submitting() = 0;
    virtual Reading& reading() = 0;
    virtual Steering& steering() = 0;
    virtual Working& working() = 0;
    virtual Accounts& accounts() = 0;

    /// Random id of this state; also names its queue.
    virtual std::string state_id() = 0;
    virtual int schema_version() = 0;

    /// It lies where nobody can write and its log could not be read: what is shown may be old.
    virtual bool may_be_stale() const = 0;

    /// Throws Error{state}, with the reason, if nothing can be changed.
    virtual void require_writable() const = 0;

    /// Closes the file and opens it again: after a commit that failed nobody knows what is stored.
    /// Throws Error{state} if it cannot be opened now; until it can, nothing else may be called.
    virtual void reopen() = 0;

    /// Integrity, recounted counters, leftovers.  Takes time in proportion to the items.
    virtual std::vector<StoreFinding> check() = 0;

protected:
    Store() = default;
    Store(const Store&) = default;
    Store& operator=(const Store&) = default;
};

/// So many bytes should be free beside the state file: after a full disk batchd starts nothing new
/// before.  64 MiB, less on a small disk.
std::uint64_t room_for_work(const std::filesystem::path& folder);

enum class OpenMode {
    look,  ///< creates, migrates and changes nothing; Error{not_found} if nothing is there
    read_or_create,  ///< batchctl: creates a missing file; migrates only while no batchd holds it
    own              ///< the holder of the lock: migrates, checkpoints
};

/// What a migration tells, in the words of the log.
using MigrationNews = std::function<void(const std::string& news)>;

struct StoreBackend {
    const char* scheme;
    const char* summary;
    int (*version)();  ///< of the state that this program writes
    std::unique_ptr<Store> (*open)(const std::filesystem::path& path, OpenMode mode,
                                   const MigrationNews& tell);
};

std::span<const StoreBackend> store_backends();

/// Opens the state by its scheme; a plain path is SQLite.  Throws Error{state}.
std::unique_ptr<Store> open_store(const std::filesystem::path& path, OpenMode mode,
                                  const MigrationNews& tell = {});

/// The version of the state that this program writes.
int newest_state_version();

/// The files beside the state file.
struct StatePaths {
    std::filesystem::path state;
    std::filesystem::path lock() const;     ///< state.db.lock
    std::filesystem::path bell() const;     ///< state.db.bell
    std::filesystem::path hand() const;     ///< state.db.hand: what a batchd has in hand
    std::filesystem::path queue() const;    ///< state.db.queue: how batchd stands with its broker
    std::filesystem::path outputs() const;  ///< outputs/, of another name.db name.db.outputs/
    std::filesystem::path log() const;      ///< state.db.log: of a batchd that batchctl started
};

}  // namespace batch
