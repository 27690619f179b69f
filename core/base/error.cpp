#include "core/base/error.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace batch {

Error::Error(ErrorKind kind, const std::string& message, std::string hint)
    : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

std::string_view Error::code() const noexcept {
    return code_.empty() ? word_of(kind_) : std::string_view(code_);
}

Error Error::with_code(std::string code) const {
    Error copy = *this;
    copy.code_ = std::move(code);
    return copy;
}

Error Error::at(Place place) const {
    Error copy = *this;
    copy.place_ = std::move(place);
    return copy;
}

Error Error::with_details(std::vector<Error> details) const {
    Error copy = *this;
    copy.details_ = std::move(details);
    return copy;
}

Error Error::within(std::string_view context) const {
    Error copy(kind_, std::string(context) + ": " + what(), hint_);
    copy.code_ = code_;
    copy.place_ = place_;
    copy.details_ = details_;
    return copy;
}

std::string_view word_of(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::usage: return "usage";
        case ErrorKind::bad_input: return "bad_input";
        case ErrorKind::config: return "config";
        case ErrorKind::not_found: return "not_found";
        case ErrorKind::login: return "login_needed";
        case ErrorKind::permission: return "not_permitted";
        case ErrorKind::unavailable: return "unavailable";
        case ErrorKind::state: return "state_unusable";
        case ErrorKind::unfinished: return "not_finished";
        case ErrorKind::conflict: return "conflict";
        case ErrorKind::operation: return "failed";
        case ErrorKind::internal: break;
    }
    return "internal";
}

namespace {

ErrorKind kind_of(int error_number) noexcept {
    switch (error_number) {
        case EACCES:
        case EPERM: return ErrorKind::permission;
        case ENOENT: return ErrorKind::not_found;
        case EISDIR: return ErrorKind::bad_input;
        case EAGAIN:
        case EMFILE:
        case ENFILE:
        case ENOMEM: return ErrorKind::unavailable;
        default: return ErrorKind::operation;
    }
}

}  // namespace

int exit_status(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::usage:
        case ErrorKind::bad_input:
        case ErrorKind::config: return 2;
        case ErrorKind::not_found: return 3;
        case ErrorKind::login:
        case ErrorKind::permission: return 4;
        case ErrorKind::unavailable: return 5;
        case ErrorKind::state: return 7;
        case ErrorKind::unfinished: return 8;
        case ErrorKind::conflict: return 9;
        case ErrorKind::operation:
        case ErrorKind::internal: break;
    }
    return 1;
}

Error system_error(std::string_view action, int error_number) {
    char text[128];
    // The GNU form, which may or may not use the buffer.
    const char* reason = strerror_r(error_number, text, sizeof text);
    std::string lowered = reason;
    if (lowered.size() > 1 && lowered[1] >= 'a' && lowered[0] >= 'A' && lowered[0] <= 'Z') {
        lowered[0] = static_cast<char>(lowered[0] - 'A' + 'a');
    }
    const Error error(kind_of(error_number), "cannot " + std::string(action) + ": " + lowered);
    const bool full = error_number == ENOSPC || error_number == EDQUOT;
    return full ? error.with_code("disk_full") : error;
}

}  // namespace batch
