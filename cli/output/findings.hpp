#pragma once

#include "cli/output/table.hpp"
#include "core/base/error.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace batch::cli {

enum class Health { ok, warn, fail };

/// One thing that was looked at.
struct Finding {
    std::string check;  ///< "state", "disk", "plugin": what was looked at
    Health health = Health::ok;
    std::string message;
    std::string mend;  ///< what to type; empty if nothing is to be done
};

/// Prints findings as they come, for people or as the documented records, and counts them.
class Findings {
public:
    /// `kind` names the command in messages: "doctor".
    Findings(Context& context, std::string_view kind);

    void tell(const Finding& finding);

    /// Each of its details, or itself if it has none.
    void tell(const std::string& check, const Error& error);

    std::int64_t problems() const noexcept { return count(Health::fail); }

    /// The end: for people, how many there were.
    void finish();

private:
    std::int64_t count(Health health) const noexcept {
        return counts_.at(static_cast<std::size_t>(health));
    }

    Context& context_;
    Records records_;
    bool as_records_;
    std::array<std::int64_t, 3> counts_{};
};

}  // namespace batch::cli
