#pragma once

#include "core/config/settings.hpp"

#include <thread>

namespace batch {

/// How many slots a batch has that does not ask for some (-j): workers.count, else one per core.
/// There is at least one, also where the system cannot tell (0 cores).
int usual_slots(const Settings::Workers& workers,
                unsigned cores = std::thread::hardware_concurrency());

}  // namespace batch
