#pragma once

#include "cli/context.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace batch::cli {

/// What is seen of batches while they are waited for.
class Display {
public:
    virtual ~Display() = default;

    /// Tells why a batch does not move; absent if it does.
    using Why = std::function<std::optional<Reason>(const Batch&)>;

    /// Of the batches that are still open.
    virtual void show(const std::vector<Batch>& batches, const Why& why) = 0;

    /// Takes away what is on the terminal, so that something else can be printed.
    virtual void clear() = 0;

protected:
    Display() = default;
    Display(const Display&) = default;
    Display& operator=(const Display&) = default;
};

}  // namespace batch::cli
