#include "core/store/sqlite/submitting.hpp"

#include "core/base/digest.hpp"
#include "core/store/sqlite/draft.hpp"
#include "core/store/sqlite/removal.hpp"

namespace batch::sqlite {
namespace {

constexpr const char* is_kept = "SELECT EXISTS(SELECT 1 FROM template WHERE sha256 = ?1)";
constexpr const char* insert_template =
    "INSERT INTO template(name, version, sha256, engine, created_at, schema, source) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr const char* newest_template =
    "SELECT version, sha256, engine, schema FROM template WHERE name = ?1 AND version > 0 "
    "ORDER BY version DESC LIMIT 1";
// A batch keeps the text that it was submitted with: only the name goes.
constexpr const char* unlist_used =
    "UPDATE OR IGNORE template SET version = 0 WHERE name = ?1 AND (?2 IS NULL OR version = ?2) "
    "AND version > 0 "
    "AND EXISTS(SELECT 1 FROM template_use WHERE template_use.sha256 = template.sha256)";
constexpr const char* delete_template =
    "DELETE FROM template WHERE name = ?1 AND (?2 IS NULL OR version = ?2) AND version > 0";

}  // namespace

std::unique_ptr<Draft> SqliteSubmitting::draft(NewBatch batch) {
    return std::make_unique<SqliteDraft>(connection_, std::move(batch));
}

std::vector<Published> SqliteSubmitting::publish(const std::vector<Complete>& drafts) {
    return SqliteDraft::publish(connection_, drafts);
}

std::string SqliteSubmitting::keep_template(const StoredTemplate& text) {
    std::string digest = sha256_hex(text.source);
    Transaction transaction(connection_, Access::write);
    if (connection_.query(is_kept, digest).next_integer() == 0) {
        insert(text, 0);
    }
    transaction.commit();
    return digest;
}

int SqliteSubmitting::add_template(const StoredTemplate& text) {
    const std::string digest = sha256_hex(text.source);
    Transaction transaction(connection_, Access::write);
    int version = 0;
    {
        Rows newest = connection_.query(newest_template, text.name);
        if (newest.next()) {
            version = static_cast<int>(newest.integer(0));
            if (newest.text(1) == digest && newest.text(2) == text.engine &&
                newest.text(3) == text.schema) {
                return version;
            }
        }
    }
    insert(text, ++version);
    transaction.commit();
    return version;
}

void SqliteSubmitting::insert(const StoredTemplate& text, int version) {
    connection_.run(insert_template, text.name, version, sha256_hex(text.source), text.engine,
                    now(), text.schema, text.source);
}

int SqliteSubmitting::remove_template(std::string_view name, std::optional<int> version) {
    Transaction transaction(connection_, Access::write);
    const auto unlisted = connection_.run(unlist_used, name, version);
    const auto removed = connection_.run(delete_template, name, version);
    transaction.commit();
    return static_cast<int>(unlisted + removed);
}

}  // namespace batch::sqlite
