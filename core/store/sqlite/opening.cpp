#include "core/store/sqlite/opening.hpp"

#include "core/os/fd.hpp"
#include "core/os/file.hpp"
#include "core/store/sqlite/failure.hpp"
#include "core/store/sqlite/migration.hpp"
#include "core/store/sqlite/schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/statfs.h>

namespace batch::sqlite {
namespace {

// linux/magic.h and statfs(2); on these the shared memory of WAL does not work or is not shared.
struct NetworkType {
    long type;
    const char* name;
};

constexpr std::array network_types{
    NetworkType{0x6969, "NFS"},      NetworkType{0x517b, "SMB"},
    NetworkType{0xff534d42, "CIFS"}, NetworkType{0xfe534d42, "SMB2"},
    NetworkType{0x00c36400, "Ceph"}, NetworkType{0x5346414f, "AFS"},
    NetworkType{0x73757245, "Coda"}, NetworkType{0x01021997, "9P"},
};

void refuse_network(const std::filesystem::path& path) {
    struct statfs info {};

    if (statfs(path.parent_path().c_str(), &info) != 0) {
        throw system_error("look at " + path.parent_path().string(), errno);
    }
    const char* name = network_file_system(static_cast<long>(info.f_type));
    if (*name != '\0') {
        throw Error(ErrorKind::state,
                    fmt::format("{} lies on a network file system ({}), where a state file breaks",
                                path.string(), name),
                    "put it on a local disk: --state PATH")
            .with_code("state_on_network");
    }
}

// SQLite gives the files beside it the same mode.
void ensure_file(const std::filesystem::path& path) {
    ensure_dir(path.parent_path());
    const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, private_file));
    if (!fd) {
        const Error error = system_error("open " + path.string(), errno);
        throw Error(ErrorKind::state, error.what(), "name another one: --state PATH")
            .with_code("state_not_opened");
    }
}

bool is_empty(Connection& connection) {
    return connection.query("SELECT count(*) FROM sqlite_schema").next_integer() == 0;
}

// Asked in this order: between the two another program may make the file a state file.
void refuse_foreign(Connection& connection) {
    const bool empty = is_empty(connection);
    const auto found = connection.query("PRAGMA application_id").next_integer();
    if (found != application_id && !(found == 0 && empty)) {
        throw state_error(connection.path(), SQLITE_NOTADB, {});
    }
}

}  // namespace

const char* network_file_system(long type) noexcept {
    const auto* const found = std::ranges::find(network_types, type, &NetworkType::type);
    return found == network_types.end() ? "" : found->name;
}

std::unique_ptr<Connection> open_file(const std::filesystem::path& path, OpenMode mode) {
    const std::filesystem::path file = std::filesystem::absolute(path);
    ensure_file(file);
    refuse_network(file);
    auto connection = std::make_unique<Connection>(file);
    refuse_foreign(*connection);
    refuse_newer(*connection, mode);
    connection->set_up();
    migrate(*connection, mode);
    return connection;
}

}  // namespace batch::sqlite
