#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/working.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace batch::sqlite {

/// What a daemon remembers from one transaction to the next.
struct Shift {
    std::int64_t owner = 0;           ///< number of its row in `daemon`
    std::set<BatchNo> fresh_is_next;  ///< batches whose retries were served last
};

/// What one claim may take.
struct Budget {
    std::size_t items = 0;
    std::size_t bytes = 0;  ///< of payload, about
};

class SqliteWork final : public Work {
public:
    SqliteWork(Connection& connection, Shift& shift);

    bool holds(ClaimNo claim) override;
    bool finish(ClaimNo claim, const Finished& item) override;
    bool put_back(ClaimNo claim, const Returned& item) override;
    void release(ClaimNo claim) override;
    void log(ItemId id, const LogLine& line) override;
    std::optional<Chunk> claim(BatchNo batch, std::size_t limit, std::size_t bytes) override;
    std::optional<Chunk> claim_for_bell(BatchNo batch, int bell, std::size_t limit,
                                        std::size_t bytes) override;
    std::optional<Chunk> claim_alone(BatchNo batch) override;
    void pause(BatchNo batch, const Reason& reason) override;
    void end_pause(BatchNo batch, std::string_view code) override;
    TimePoint hold_back(BatchNo batch) override;
    void commit() override;

private:
    /// A claim as this transaction has found it.
    struct Held {
        BatchRow* batch = nullptr;  ///< null: the claim is not ours
        bool of_retries = false;    ///< its items are rows of `retry`
        bool marks = false;         ///< some items of its batch are marked for cancelling
    };

    Held& held(ClaimNo claim);
    void end_retry(const Held& held, ClaimNo claim, ItemId item);
    bool must_end(const Held& held, ItemId item);
    bool go_back(const Held& held, ClaimNo claim, const Returned& item);

    ClaimNo add_lease(BatchNo batch, std::int64_t first, std::int64_t count);
    TimePoint next_retry(const BatchRow& batch);
    std::optional<Chunk> claim_fresh(BatchRow& batch, Budget budget);
    BatchRow* claimable(BatchNo batch);
    std::optional<Chunk> claim_retries(BatchRow& batch, const char* which, Budget budget);
    void note_claim(BatchRow& batch, Chunk& chunk);
    void add_suffixes(Chunk& chunk);

    Connection& connection_;
    Shift& shift_;
    Transaction transaction_;
    Ledger ledger_;
    Statement& insert_result_;
    TimePoint now_;
    std::map<ClaimNo, Held> held_;
};

}  // namespace batch::sqlite
