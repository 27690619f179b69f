#pragma once

#include "core/queue/amqp/target.hpp"

#include <amqp.h>

namespace batch::amqp {

/// A socket with TLS 1.2 or newer, which trusts nobody but the target's authority, and the
/// certificate only for the target's host name or address.
/// Throws Error{config} for files that cannot be read.
amqp_socket_t* secure_socket(amqp_connection_state_t_& state, const Target& target);

/// Says why that socket could not be opened: Error{unavailable}, with the code `untrusted` for a
/// certificate; returns if it was not TLS.  Same thread.
void throw_if_insecure(const Target& target, int status);

/// A server that does not like our certificate may say so only after the handshake (TLS 1.3): what
/// to add to a reason then.
const char* about_our_certificate(const Target& target);

}  // namespace batch::amqp
