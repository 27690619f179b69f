#pragma once

#include "core/base/error.hpp"

#include <string>

namespace batch {

/// Does it; what fails there is batchd's own failure and not the item's: Error{internal}.
template <typename Action>
auto as_own_failure(Action&& action) {
    try {
        return action();
    } catch (const Error& error) {
        throw Error(ErrorKind::internal, error.what(), error.hint())
            .with_code(std::string(error.code()));
    }
}

}  // namespace batch
