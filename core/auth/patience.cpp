#include "core/auth/patience.hpp"

#include "core/base/error.hpp"

namespace batch::auth {

bool may_help_to_wait(const Error& error) {
    return error.kind() == ErrorKind::unavailable && error.code() != "untrusted" &&
           error.code() != "interrupted" && error.code() != "unexpected_response" &&
           error.code() != "too_large";
}

}  // namespace batch::auth
