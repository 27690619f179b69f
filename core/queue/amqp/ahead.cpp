#include "core/queue/amqp/ahead.hpp"

#include "core/base/error.hpp"

#include <exception>
#include <string>
#include <thread>
#include <utility>

namespace batch::amqp {

ConnectingAhead::ConnectingAhead(const Target& target, std::string_view program)
    : begun_(BootClock::now()), good_for_(target.heartbeat) {
    std::promise<std::unique_ptr<Publishing>> connected;
    connection_ = connected.get_future();
    std::thread([target, until = begun_ + target.connect_timeout, name = std::string(program),
                 connected = std::move(connected)]() mutable {
        try {
            connected.set_value(std::make_unique<Publishing>(target, name, until));
        } catch (...) {
            connected.set_exception(std::current_exception());
        }
    }).detach();
}

std::unique_ptr<Publishing> ConnectingAhead::take(BootTime until) {
    const BootTime at = BootClock::now();
    if (at >= begun_ + good_for_ || connection_.wait_for(until - at) != std::future_status::ready) {
        return nullptr;
    }
    try {
        return connection_.get();
    } catch (const Error&) {
        return nullptr;  // what is wrong now is found by the next try
    }
}

}  // namespace batch::amqp
