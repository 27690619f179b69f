#include "core/auth/accounts/token_variable.hpp"

namespace batch::auth {

std::string_view token_variable(const Environment& environment) {
    for (const std::string_view name : {"BATCH_ACCESS_TOKEN_FILE", "BATCH_ACCESS_TOKEN"}) {
        if (!value_of(environment, name).empty()) {
            return name;
        }
    }
    return {};
}

}  // namespace batch::auth
