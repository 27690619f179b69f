#pragma once

#include "core/base/error.hpp"

#include <string>
#include <string_view>

namespace batch::cli {

/// The only place that prints errors, warnings, notes and hints: on standard error, for people
/// or, with --json, errors as one object.  Set once, before anything is reported.
struct ReportStyle {
    bool json = false;
    bool quiet = false;
    std::string where;  ///< options that name the state file: " --state ./ci.db"; empty: the usual
};

void set_report_style(ReportStyle style);

/// A hint, or a command to type next, with the options that lead it to the same state file.
std::string for_same_state(std::string_view hint);

/// Prints the error with its hint; returns its exit status.
int report(const Error& error);

void warn(std::string_view message, std::string_view hint = {});
void note(std::string_view message);  ///< not with -q
void hint(std::string_view message);
void say(std::string_view line);  ///< a plain line; not with -q
void say_always(std::string_view line);

/// To standard error as it is, for what draws on a terminal.  Nothing can be done if that fails.
void put_err(std::string_view bytes);

}  // namespace batch::cli
