#include "core/config/slots.hpp"

#include <algorithm>

namespace batch {

int usual_slots(const Settings::Workers& workers, unsigned cores) {
    return workers.count > 0 ? workers.count : static_cast<int>(std::max(1U, cores));
}

}  // namespace batch
