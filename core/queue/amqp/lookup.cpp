#include "core/queue/amqp/lookup.hpp"

#include <fmt/core.h>

#include <chrono>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>

namespace batch::amqp {
namespace {

/// A lookup on a thread of the C library's (getaddrinfo_a(3)); it must outlive that thread's work.
struct Lookup {
    explicit Lookup(std::string name) : host(std::move(name)) {
        hints.ai_socktype = SOCK_STREAM;
        request.ar_name = host.c_str();
        request.ar_request = &hints;
    }

    ~Lookup() { ::freeaddrinfo(request.ar_result); }

    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    std::string host;
    addrinfo hints{};
    gaicb request{};
};

timespec time_left(BootTime until) {
    const auto ns = std::max(std::chrono::nanoseconds{0}, until - BootClock::now()).count();
    return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

bool is_address(const std::string& host) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    const bool is = ::getaddrinfo(host.c_str(), nullptr, &hints, &found) == 0;
    ::freeaddrinfo(found);
    return is;
}

}  // namespace

std::string trouble_with_name(const std::string& host, BootTime until) {
    if (host == "localhost" || is_address(host)) {
        return {};
    }
    auto lookup = std::make_unique<Lookup>(host);
    gaicb* requests[] = {&lookup->request};
    if (::getaddrinfo_a(GAI_NOWAIT, requests, 1, nullptr) != 0) {
        return {};  // then the library may find it
    }
    const gaicb* const awaited[] = {&lookup->request};
    int status = EAI_INPROGRESS;
    while (status == EAI_INPROGRESS && BootClock::now() < until) {
        const timespec left = time_left(until);
        ::gai_suspend(awaited, 1, &left);
        status = ::gai_error(&lookup->request);
    }
    if (status == EAI_INPROGRESS && ::gai_cancel(&lookup->request) != EAI_CANCELED) {
        // Its thread is still at it and will write there.
        static_cast<void>(lookup.release());
    }
    if (status == EAI_INPROGRESS) {
        return "its name could not be looked up in time";
    }
    return status == 0 ? std::string()
                       : fmt::format("its name is not known ({})", ::gai_strerror(status));
}

}  // namespace batch::amqp
