#pragma once

#include "core/os/child.hpp"

#include <filesystem>
#include <string>

namespace batch::chromium {

/// Whether the browser runs in bubblewrap: without network, and with nothing but /usr, the fonts'
/// configuration and a private /tmp to read.
enum class Jail { off, required };

/// Whether the browser confines its own renderers; as root it can only do so in the jail.
enum class Sandbox { off, on };

struct Launch {
    std::filesystem::path browser;
    Jail jail = Jail::required;
    Sandbox sandbox = Sandbox::on;
    std::filesystem::path profile;  ///< its folder; ignored in the jail, which has its own
};

/// $BATCH_CHROMIUM, or where Debian puts a browser.  Throws plugin::Refused if there is none.
std::filesystem::path find_browser();

/// Whether a tab draws only when it is told to: then nothing is drawn on a screen that nobody
/// sees, which is a third of the work.  Only headless-shell can (Target.createTarget).
bool draws_on_demand(const Launch& launch);

/// The command, without its descriptors: frames to 3, frames from 4.
Command command_of(const Launch& launch);

}  // namespace batch::chromium
