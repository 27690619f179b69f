#include "core/queue/amqp/again.hpp"

#include "core/base/error.hpp"
#include "core/queue/amqp/bytes.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace batch::amqp {
namespace {

constexpr std::size_t page = 4096;

/// What RabbitMQ writes when a message dies ("Dead Letter Exchanges", "Quorum Queues"), and further
/// queues that its sender has named ("Sender-selected Distribution"), which have had it.
bool is_of_its_first_life(std::string_view header) {
    constexpr std::array<std::string_view, 5> names{"x-death", "x-delivery-count",
                                                    "x-acquired-count", "CC", "BCC"};
    return std::ranges::find(names, header) != names.end() ||
           header.starts_with("x-first-death-") || header.starts_with("x-last-death-");
}

void leave_out(amqp_table_t& headers) {
    amqp_table_entry_t* const end = headers.entries + headers.num_entries;
    amqp_table_entry_t* const left = std::remove_if(
        headers.entries, end,
        [](const amqp_table_entry_t& each) { return is_of_its_first_life(text_of(each.key)); });
    headers.num_entries = static_cast<int>(left - headers.entries);
}

}  // namespace

Again::Again(std::string_view encoded) {
    init_amqp_pool(&pool_, page);
    void* decoded = nullptr;
    if (amqp_decode_properties(AMQP_BASIC_CLASS, &pool_, lend(encoded), &decoded) < 0) {
        empty_amqp_pool(&pool_);
        throw Error(ErrorKind::internal, "the properties of a message cannot be read");
    }
    properties_ = static_cast<amqp_basic_properties_t*>(decoded);
    // The server takes no other name than that of who sends it now ("Validated User-ID").
    properties_->_flags &= ~static_cast<amqp_flags_t>(AMQP_BASIC_USER_ID_FLAG);
    if ((properties_->_flags & AMQP_BASIC_HEADERS_FLAG) != 0) {
        leave_out(properties_->headers);
    }
}

Again::~Again() {
    empty_amqp_pool(&pool_);
}

}  // namespace batch::amqp
