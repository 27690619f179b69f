#pragma once

#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace batch::testing {

/// Makes Catch2 run the test case once per line of stores.def.
inline const char* any_backend() {
    std::vector<const char*> schemes;
    for (const StoreBackend& backend : store_backends()) {
        schemes.push_back(backend.scheme);
    }
    return GENERATE_COPY(from_range(schemes));
}

#define FOR_ANY_STATE           \
    State state(any_backend()); \
    INFO(state.scheme);         \
    Store& store = *state.store

inline BatchStatus status_of(Store& store, BatchNo no) {
    return store.reading().batch(no).value().status;
}

/// The batch that a sweep would take first.
inline std::optional<BatchNo> first_open(State& state, TimePoint at = now()) {
    const auto open = state.store->working().open_batches(at, 1);
    return open.empty() ? std::nullopt : std::optional(open[0].no);
}

/// Counters and rows agree, nothing is left over.
inline bool is_sound(Store& store) {
    return std::ranges::all_of(store.check(), &StoreFinding::ok);
}

}  // namespace batch::testing
