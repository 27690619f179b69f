#pragma once

#include "cli/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {

/// What the shell may do besides offering the candidates.
enum class Files : int { any = 0, no_space = 2, none = 4, folders = 16 };

/// What a word can become.
class Candidates {
public:
    /// Only those that begin with the typed text are kept.
    explicit Candidates(std::string typed) : typed_{std::move(typed)} {}

    const std::string& typed() const noexcept { return typed_; }

    void add(std::string_view word, std::string_view meaning = {});

    /// In front of every candidate from now on: "--to=", or the first values of a list.
    void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

    void set_files(Files files) { files_ = files; }

    /// The lines for the script in the shell.
    std::string text() const;

private:
    std::string typed_;
    std::string prefix_;
    std::string lines_;
    Files files_ = Files::none;
};

/// Batches as they are named on a command line; of the newest ones those that `verb` can act on.
void offer_batches(Candidates& candidates, Context& context, std::string_view verb);

void offer_plugins(Candidates& candidates, Context& context);
void offer_templates(Candidates& candidates, Context& context);
void offer_accounts(Candidates& candidates, Context& context);

/// Values of an option of this command, by the option's long name; false if nothing is known of it.
bool offer_values(Candidates& candidates, Context& context, std::string_view verb,
                  std::string_view option);

}  // namespace batch::cli
