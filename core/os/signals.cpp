#include "core/os/signals.hpp"

#include "core/base/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/signalfd.h>
#include <unistd.h>

namespace batch {

void block_all_signals() {
    sigset_t all;
    ::sigfillset(&all);
    if (const int reason = ::pthread_sigmask(SIG_SETMASK, &all, nullptr); reason != 0) {
        throw system_error("block signals", reason);
    }
}

SignalFd::SignalFd(std::initializer_list<int> signals) {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int number : signals) {
        ::sigaddset(&wanted, number);
    }
    if (const int reason = ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr); reason != 0) {
        throw system_error("block signals", reason);
    }
    fd_ = Fd{::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (!fd_) {
        throw system_error("receive signals", errno);
    }
}

std::optional<int> SignalFd::read() {
    signalfd_siginfo info{};
    ssize_t count = 0;
    do {
        count = ::read(fd_.get(), &info, sizeof info);
    } while (count < 0 && errno == EINTR);
    if (count == sizeof info) {
        return static_cast<int>(info.ssi_signo);
    }
    return std::nullopt;
}

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    return name != nullptr ? std::string{name} : std::to_string(number);
}

}  // namespace batch
