#pragma once

namespace batch {

class Error;

}  // namespace batch

namespace batch::auth {

/// Whether the same question may get an answer a little later: the provider is in trouble, or it
/// cannot be reached.  An answer of somebody else, or an interruption, stays what it is.
bool may_help_to_wait(const Error& error);

}  // namespace batch::auth
