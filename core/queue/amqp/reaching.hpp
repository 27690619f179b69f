#pragma once

#include "core/base/time.hpp"
#include "core/queue/amqp/target.hpp"

#include <amqp.h>

#include <string>
#include <string_view>

namespace batch::amqp {

/// Opens the socket of a connection, with TLS 1.2 or newer where the target wants it.
/// Throws Error{unavailable} with the cause, {config} for certificates that cannot be read or do
/// not fit.
void open_socket(amqp_connection_state_t_& state, const Target& target, BootTime until);

/// Says why a login has failed.
[[noreturn]] void throw_login_failure(const Target& target, const amqp_rpc_reply_t& reply);

/// Says what the server answered to something that was asked after the login: Error{permission} for
/// a missing right, {unavailable} else; its code is "amqp_404" and so on.
[[noreturn]] void throw_refused(const Target& target, int code, std::string_view text);

/// What the server says at login is its version: printable and not long; empty if it says none.
std::string server_version_of(amqp_connection_state_t_& state);

}  // namespace batch::amqp
