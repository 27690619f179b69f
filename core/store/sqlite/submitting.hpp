#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/submitting.hpp"

namespace batch::sqlite {

class SqliteSubmitting final : public Submitting {
public:
    explicit SqliteSubmitting(Connection& connection) : connection_(connection) {}

    std::unique_ptr<Draft> draft(NewBatch batch) override;
    std::vector<Published> publish(const std::vector<Complete>& drafts) override;
    std::string keep_template(const StoredTemplate& text) override;
    int add_template(const StoredTemplate& text) override;
    int remove_template(std::string_view name, std::optional<int> version) override;

private:
    void insert(const StoredTemplate& text, int version);

    Connection& connection_;
};

}  // namespace batch::sqlite
