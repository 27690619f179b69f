#pragma once

#include <string>

namespace batch::cli {

/// Whether there is a browser to open here: no remote shell, and a display or $BROWSER.
bool has_browser();

/// ssh(1) brought us here.
bool is_remote_shell();

/// Starts xdg-open(1) with the address as its one argument: no shell, none of our secrets, nothing
/// of it on our terminal; it outlives us.  False if there is no such program.
bool open_browser(const std::string& url);

}  // namespace batch::cli
