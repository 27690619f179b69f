#pragma once

#include "core/os/fd.hpp"
#include "core/store/store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace batch {

/// How a batchd stands with its broker.
struct Standing {
    std::string failure;               ///< why it has no connection; empty: it has one
    std::uint32_t unacknowledged = 0;  ///< deliveries that it has not answered yet

    bool operator==(const Standing&) const = default;
};

/// Notes it beside the state file, where batchctl finds it; removed with this object.  One thread.
class StandingNote {
public:
    explicit StandingNote(const StatePaths& paths);
    ~StandingNote();
    StandingNote(const StandingNote&) = delete;
    StandingNote& operator=(const StandingNote&) = delete;

    /// Nothing depends on it, so that it cannot be written is no error.
    void write(const Standing& standing);

private:
    std::filesystem::path path_;
    Fd file_;
    std::optional<Standing> written_;
};

/// That of the batchd that works on the state file; absent if there is none, or no broker.
std::optional<Standing> standing_of(const StatePaths& paths);

}  // namespace batch
