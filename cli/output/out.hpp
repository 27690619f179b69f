#pragma once

#include <string_view>

namespace batch::cli {

/// Standard output: the answer, and nothing else.  This is the only way to it.

/// Looks at what standard output is now, and forgets earlier failures.  First of all calls.
void start_out();

/// Prints text; on a terminal nothing in it but line ends and tabs can drive that: the rest is
/// written as escapes.  False once nobody reads any more, or it could not be written.
bool put(std::string_view text);

/// Prints bytes as they are: what draws on a terminal, and files.
bool put_bytes(std::string_view bytes);

/// Sends off what was put; on a terminal that is done at once.  False as of put().
bool flush_out();

/// Whether whoever read standard output has gone away.
bool is_out_closed();

/// Sends off what was put.  Throws Error{operation} if something could not be written, to a full
/// disk say; that nobody reads any more is no error.
void finish_out();

}  // namespace batch::cli
