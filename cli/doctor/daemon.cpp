#include "cli/doctor/checks.hpp"
#include "cli/reason.hpp"
#include "cli/typed.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string>

#include <sys/stat.h>

namespace batch::cli {
namespace {

/// Since the state file was last written to.
std::string last_work(const StatePaths& paths) {
    std::optional<TimePoint> latest;
    for (const char* const ending : {"", "-wal"}) {
        struct stat info {};

        if (::stat((paths.state.string() + ending).c_str(), &info) == 0) {
            const auto at = TimePoint(std::chrono::seconds(info.st_mtim.tv_sec) +
                                      Millis(info.st_mtim.tv_nsec / 1'000'000));
            latest = std::max(latest.value_or(at), at);
        }
    }
    return latest ? fmt::format(", did work {} ago", brief(std::max(Millis{0}, now() - *latest)))
                  : std::string();
}

std::vector<Batch> open_batches(Context& context) {
    Store* const store = state_to_look_at(context);
    if (store == nullptr) {
        return {};
    }
    return store->reading().batches(
        {.statuses = {BatchStatus::submitted, BatchStatus::queued, BatchStatus::running}});
}

void tell_nobody_works(Context& context, const Tell& tell) {
    const auto waiting = std::ranges::count_if(open_batches(context),
                                               [](const Batch& each) { return !each.paused; });
    if (waiting == 0) {
        tell({"batchd", Health::ok, "not running; nothing waits for it", ""});
    } else {
        tell({"batchd", Health::warn,
              fmt::format("not running; {} for it", waiting == 1
                                                        ? std::string("1 batch waits")
                                                        : grouped(waiting) + " batches wait"),
              start_command(context)});
    }
}

/// From what its batches say of a plugin to what is said of the plugin itself.
std::string about_plugin(std::string message) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> words{
        {{" died ", ": died "},
         {": held back", ", held back"},
         {"; last words", "; its last words"}}};
    for (const auto& [from, to] : words) {
        if (const auto at = message.find(from); at != std::string::npos) {
            message.replace(at, from.size(), to);
        }
    }
    return message;
}

}  // namespace

void check_daemon(Context& context, const Tell& tell) {
    const auto holder = holder_of(context.paths().lock());
    if (!is_daemon(holder)) {
        tell_nobody_works(context, tell);
    } else if (holder->stopped()) {
        tell({"batchd", Health::fail, fmt::format("pid {} is stopped", holder->pid),
              fmt::format("kill -CONT {}", holder->pid)});
    } else if (holder->version != BATCH_VERSION) {
        tell({"batchd", Health::warn,
              fmt::format("running: pid {}, version {}; this batchctl is {}", holder->pid,
                          holder->version, BATCH_VERSION),
              fmt::format("stop it, then: {}", start_command(context))});
    } else {
        tell({"batchd", Health::ok,
              fmt::format("running: pid {}, version {}{}", holder->pid, holder->version,
                          last_work(context.paths())),
              ""});
    }
}

/// Batches that batchd itself paused wait for a person.
void check_batches(Context& context, const Tell& tell) {
    std::set<std::string> held_back;  // one plugin may hold up several batches
    for (const Batch& batch : open_batches(context)) {
        if (batch.paused && batch.paused->code == "breaker") {
            if (held_back.insert(batch.paused->message).second) {
                tell({"plugin", Health::fail, about_plugin(batch.paused->message),
                      command_in(batch.paused->hint)});
            }
        } else if (batch.paused && batch.paused->code != "paused" &&
                   batch.paused->code != "scheduled") {
            tell({"batch", Health::fail,
                  fmt::format("{} ({}) is paused: {}", short_id(batch.id), batch.name,
                              batch.paused->message),
                  batch.paused->hint.empty() ? "batchctl resume " + short_id(batch.id)
                                             : batch.paused->hint});
        }
    }
}

}  // namespace batch::cli
