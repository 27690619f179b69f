#pragma once

#include <memory>

namespace batch {

/// Calls `release` on a C handle; the size of a raw pointer.
template <auto release>
struct Releaser {
    template <typename T>
    void operator()(T* handle) const noexcept {
        release(handle);
    }
};

/// Owner of a C handle: Handle<sqlite3_stmt, sqlite3_finalize>.
template <typename T, auto release>
using Handle = std::unique_ptr<T, Releaser<release>>;

}  // namespace batch
