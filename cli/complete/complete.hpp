#pragma once

#include <string>
#include <vector>

namespace batch::cli {

/// `batchctl __complete WORDS...`: prints what the last word, which may be empty, can become.
///
/// Each line is a word, a tab and what it means; the last one is ":" and a sum of 2 (no space
/// behind it), 4 (no files), 16 (folders only).  Never fails: what cannot be told is left out.
int complete(const std::vector<std::string>& words);

}  // namespace batch::cli
