#pragma once

#include "cli/context.hpp"
#include "cli/output/findings.hpp"

#include <functional>

namespace batch::cli {

using Tell = std::function<void(const Finding&)>;

/// Null if there is none yet, or one of another version.
Store* state_to_look_at(Context& context);

/// Each looks at one part and tells what it finds as it goes; they change nothing.
void check_state(Context& context, const Tell& tell);
void check_disk(Context& context, const Tell& tell);
void check_daemon(Context& context, const Tell& tell);
void check_queue(Context& context, const Tell& tell);
void check_batches(Context& context, const Tell& tell);
void check_jail(Context& context, const Tell& tell);
void check_plugins(Context& context, const Tell& tell);
void check_templates(Context& context, const Tell& tell);
void check_logins(Context& context, const Tell& tell);
void check_fonts(Context& context, const Tell& tell);

}  // namespace batch::cli
