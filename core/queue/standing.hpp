#pragma once

#include "core/base/time.hpp"
#include "core/os/fd.hpp"
#include "core/os/process.hpp"
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

    /// Nothing depends on it, so that it cannot be written is no error.  What changes all the time
    /// is written every 100 ms: call it again then, at due().
    void write(const Standing& standing);

    /// When what was held back may be written; the far future if nothing was.
    BootTime due() const noexcept { return due_; }

private:
    std::filesystem::path path_;
    ProcessName me_ = own_name();
    Fd file_;
    std::optional<Standing> written_;
    BootTime not_before_{};
    BootTime due_ = BootTime::max();
};

/// That of the batchd that works on the state file; absent if there is none, or no broker.
std::optional<Standing> standing_of(const StatePaths& paths);

}  // namespace batch
