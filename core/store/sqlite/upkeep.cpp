#include "core/store/sqlite/upkeep.hpp"

namespace batch::sqlite {

std::vector<StoreFinding> check_state(Connection& connection) {
    (void)connection;
    return {};
}

}  // namespace batch::sqlite
