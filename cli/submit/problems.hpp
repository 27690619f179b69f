#pragma once

#include "core/base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {

/// Everything that is wrong with a submission, told in one go.
class Problems {
public:
    void add(Error error);

    bool empty() const noexcept { return count_ == 0; }

    /// What mends them all; the first one given is kept.
    void suggest(std::string hint);

    bool has_suggestion() const noexcept { return !hint_.empty(); }

    /// Throws "3 problems, nothing was stored" with the details, if there are any.
    void throw_if_any(std::string_view outcome = ", nothing was stored") const;

private:
    static constexpr std::size_t most_kept = 1000;

    std::vector<Error> details_;
    std::size_t count_ = 0;
    std::string hint_;
};

}  // namespace batch::cli
