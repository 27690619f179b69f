#pragma once

#include "cli/context.hpp"

#include <functional>
#include <string>

namespace batch::cli {

enum class Health { ok, warn, fail };

/// One thing that `doctor` looked at.
struct Finding {
    std::string check;  ///< "state", "disk", "plugin": what was looked at
    Health health = Health::ok;
    std::string message;
    std::string mend;  ///< what to type; empty if nothing is to be done
};

using Tell = std::function<void(const Finding&)>;

/// Each looks at one part and tells what it finds as it goes; they change nothing.
void check_state(Context& context, const Tell& tell);
void check_disk(Context& context, const Tell& tell);
void check_daemon(Context& context, const Tell& tell);
void check_queue(Context& context, const Tell& tell);
void check_batches(Context& context, const Tell& tell);
void check_jail(Context& context, const Tell& tell);
void check_plugins(Context& context, const Tell& tell);
void check_templates(Context& context, const Tell& tell);
void check_fonts(Context& context, const Tell& tell);

/// What an Error says, as a finding.
Finding failure(const std::string& check, const Error& error);

}  // namespace batch::cli
