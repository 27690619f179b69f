#pragma once

#include "core/store/reading.hpp"
#include "core/store/sqlite/connection.hpp"

namespace batch::sqlite {

class SqliteReading final : public Reading {
public:
    explicit SqliteReading(Connection& connection) : connection_(connection) {}

    std::vector<Batch> batches(const BatchFilter& filter) override;
    std::optional<Batch> batch(BatchNo no) override;
    std::vector<Batch> fitting(std::string_view name, std::uint32_t uid,
                               std::size_t limit) override;
    std::size_t items(BatchNo batch, const ItemFilter& filter,
                      const std::function<bool(const Item&)>& take) override;
    void logs(BatchNo batch, const LogFilter& filter,
              const std::function<bool(const LogLine&)>& take) override;
    void new_logs(BatchNo batch, const LogFilter& filter,
                  const std::function<bool(const LogLine&)>& take) override;
    std::int64_t last_log() override;
    std::vector<StoredTemplate> templates() override;
    std::optional<StoredTemplate> find_template(std::string_view name,
                                                std::optional<int> version) override;
    std::optional<StoredTemplate> template_text(std::string_view sha256) override;
    std::optional<DaemonRow> last_daemon() override;
    std::int64_t version() override;

private:
    Connection& connection_;
};

}  // namespace batch::sqlite
