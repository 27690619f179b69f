#pragma once

namespace batch::cli {

/// Finds the command, reads its options, runs it; returns the exit status.  Prints what goes wrong.
int dispatch(int argc, char** argv);

}  // namespace batch::cli
