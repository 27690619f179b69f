#pragma once

#include "core/base/error.hpp"

#include <string>
#include <vector>

namespace batch::cli {

/// A word that is no option of the program and no operand of it.  program: "batchctl status".
Error unknown_word(const std::string& program, const std::string& word,
                   const std::vector<std::string>& options);

/// CLI11's text for any other mistake on the command line, in our words.
Error usage_error(const std::string& program, std::string text);

}  // namespace batch::cli
