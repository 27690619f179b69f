#pragma once

namespace batch::cli {

class AuthCommands;

/// Finds the command, reads its options, runs it; returns the exit status.  Prints what goes wrong.
/// Without `auth` it becomes batchctl-auth for a command about logins.
int dispatch(int argc, char** argv, AuthCommands* auth = nullptr);

}  // namespace batch::cli
