#include "core/store/sqlite/retrying.hpp"

namespace batch::sqlite {

Touched retry_items(Connection& connection, BatchNo batch, const RetryWish& wish) {
    (void)connection;
    (void)batch;
    (void)wish;
    throw Error(ErrorKind::internal, "retry is not there yet");
}

}  // namespace batch::sqlite
