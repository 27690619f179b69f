#include "core/store/sqlite/writer.hpp"

#include "core/os/process.hpp"

namespace batch::sqlite {
namespace {

constexpr const char* set_writer =
    "INSERT INTO writer(batch, work, boot_id, pid, start_time) VALUES(?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT(batch) DO UPDATE SET work = ?2, boot_id = ?3, pid = ?4, start_time = ?5";
constexpr const char* delete_writer = "DELETE FROM writer WHERE batch = ?1";
constexpr const char* all_writers = "SELECT batch, work, boot_id, pid, start_time FROM writer";

}  // namespace

void note_writer(Connection& connection, BatchNo batch, std::string_view work) {
    const ProcessName me = own_name();
    connection.run(set_writer, batch, work, me.boot_id, me.pid, me.start_time);
}

void forget_writer(Connection& connection, BatchNo batch) {
    connection.run(delete_writer, batch);
}

std::vector<Abandoned> abandoned_work(Connection& connection) {
    std::vector<Abandoned> found;
    Rows rows = connection.query(all_writers);
    while (rows.next()) {
        const ProcessName writer{.pid = static_cast<pid_t>(rows.integer(3)),
                                 .start_time = static_cast<std::uint64_t>(rows.integer(4)),
                                 .boot_id = rows.string(2)};
        if (!is_alive(writer)) {
            found.push_back({rows.integer(0), rows.string(1)});
        }
    }
    return found;
}

}  // namespace batch::sqlite
