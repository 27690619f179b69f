#include "cli/reason.hpp"

#include "cli/globals.hpp"
#include "cli/output/shapes.hpp"
#include "cli/queue/server.hpp"
#include "cli/report.hpp"
#include "core/base/text.hpp"
#include "core/config/slots.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include <sys/stat.h>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

using namespace std::chrono_literals;

constexpr auto about_to_end = 1s;            // then nothing is worth a word
constexpr std::size_t most_looked_at = 200;  // items, for the first that waits for another try
constexpr std::string_view at_time = " at ";

/// When somebody last wrote to the state: a batchd that was killed could not say goodbye.
std::optional<TimePoint> last_written(const StatePaths& paths) {
    std::optional<TimePoint> latest;
    for (const char* const ending : {"", "-wal"}) {
        struct stat info {};

        if (::stat((paths.state.string() + ending).c_str(), &info) == 0) {
            const auto at = TimePoint(std::chrono::seconds(info.st_mtim.tv_sec) +
                                      Millis(info.st_mtim.tv_nsec / 1'000'000));
            latest = std::max(latest.value_or(at), at);
        }
    }
    return latest;
}

/// Stored is the moment, shown is how long ago that was.
std::string with_age(const std::string& message) {
    const auto cut = message.rfind(at_time);
    if (cut == std::string::npos) {
        return message;
    }
    try {
        const TimePoint at = parse_rfc3339(message.substr(cut + at_time.size()));
        return fmt::format("{} {} ago", message.substr(0, cut), coarse(now() - at));
    } catch (const Error&) {
        return message;  // the words " at " of some other message
    }
}

bool is_unit_installed(const Config& config) {
    const bool system = config.settings.mode == Mode::system;
    std::vector<fs::path> folders;
    if (system) {
        folders = {"/etc/systemd/system", "/usr/local/lib/systemd/system",
                   "/usr/lib/systemd/system", "/lib/systemd/system"};
    } else {
        folders = {config.folders.config.parent_path() / "systemd/user", "/etc/systemd/user",
                   "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"};
    }
    return std::ranges::any_of(folders, [](const fs::path& folder) {
        std::error_code ignored;
        return fs::exists(folder / "batchd.service", ignored);
    });
}

}  // namespace

bool is_daemon(const std::optional<Holder>& holder) {
    return holder && holder->what_for.starts_with("batchd");
}

Reasons::Reasons(Context& context, Store& store)
    : context_(context),
      store_(store),
      holder_(holder_of(context.paths().lock())),
      works_(is_daemon(holder_) && !holder_->stopped()) {}

std::optional<Reason> Reasons::of(const Batch& batch) {
    if (is_final(batch.status)) {
        if (batch.status != BatchStatus::aborted) {
            return std::nullopt;
        }
        return batch.aborted.value_or(Reason{"cancelled", "every item was cancelled", ""});
    }
    if (batch.paused) {
        return Reason{batch.paused->code, with_age(batch.paused->message), batch.paused->hint};
    }
    if (!works_) {
        return nobody_works_on(batch);
    }
    if (batch.backoff_until > now()) {
        return Reason{"internal_retry",
                      fmt::format("a failure of batchd's own; it goes on in {}",
                                  brief(batch.backoff_until - now())),
                      "see what it was: batchctl doctor"};
    }
    if (auto full = disk_full(batch)) {
        return full;
    }
    if (auto waits = waiting_for_retry(batch)) {
        return waits;
    }
    return sharing(batch);
}

// One that the server never had may have two reasons to wait.
std::optional<Reason> Reasons::nobody_works_on(const Batch& batch) {
    auto reason = nobody_works();
    if (batch.status == BatchStatus::submitted && !server_trouble_) {
        server_trouble_ = trouble_with_server(context_);
    }
    if (batch.status == BatchStatus::submitted && !server_trouble_->empty()) {
        std::string trouble = *server_trouble_;
        if (const auto colon = trouble.find(" cannot be reached: "); colon != std::string::npos) {
            trouble.insert(trouble.find(':', colon), " either");
        }
        reason->message += "; " + trouble;
    }
    return reason;
}

std::optional<Reason> Reasons::nobody_works() const {
    const std::string hint = "start it: " + start_command(context_);
    if (is_daemon(holder_)) {
        return Reason{"no_daemon", fmt::format("batchd pid {} is stopped", holder_->pid),
                      fmt::format("let it go on: kill -CONT {}", holder_->pid)};
    }
    const auto last = store_.reading().last_daemon();
    std::error_code ignored;
    const auto said_goodbye = fs::file_size(context_.paths().lock(), ignored) == 0;
    const auto seen = last_written(context_.paths());
    // The row of a batchctl that only ended what a dead batchd had left tells nothing.
    if (!last || said_goodbye || !seen || last->version.starts_with("batchctl")) {
        return Reason{"no_daemon", "no batchd is running", hint};
    }
    return Reason{"no_daemon",
                  fmt::format("no batchd is running: pid {} was last seen {} ago and is gone",
                              last->pid, coarse(now() - *seen)),
                  hint};
}

std::optional<Reason> Reasons::disk_full(const Batch& batch) const {
    const fs::path folder = context_.paths().state.parent_path();
    const std::uint64_t bytes = free_bytes(folder);
    const std::uint64_t wanted = room_for_work(folder);
    if (batch.counts.pending == 0 || bytes >= wanted) {
        return std::nullopt;
    }
    return Reason{"disk_full",
                  fmt::format("disk full at {}: {} free, {} are wanted", context_.show(folder),
                              bytes_text(bytes), bytes_text(wanted)),
                  "make room: batchctl prune --older-than 30d"};
}

std::optional<Reason> Reasons::waiting_for_retry(const Batch& batch) {
    if (batch.counts.running > 0 || batch.counts.pending == 0) {
        return std::nullopt;
    }
    const TimePoint at = now();
    auto earliest = TimePoint::max();
    const ItemFilter filter{.statuses = {ItemStatus::pending}, .limit = most_looked_at};
    store_.reading().items(batch.no, filter, [&](const Item& item) {
        earliest = std::min(earliest, item.retry_at.value_or(at));
        return earliest > at;
    });
    if (earliest <= at || earliest == TimePoint::max()) {
        return std::nullopt;
    }
    return Reason{
        "retry_wait",
        fmt::format("{} for another try, the first in {}",
                    batch.counts.pending == 1 ? "1 item waits"
                                              : plural(batch.counts.pending, "item") + " wait",
                    brief(earliest - at)),
        ""};
}

std::optional<Reason> Reasons::sharing(const Batch& batch) {
    const auto left = time_left(batch, now());
    if (batch.counts.pending == 0 || (left && *left < about_to_end)) {
        return std::nullopt;
    }
    if (!active_) {
        active_ = store_.reading().batches(
            {.statuses = {BatchStatus::submitted, BatchStatus::queued, BatchStatus::running}});
        std::erase_if(*active_,
                      [](const Batch& each) { return each.paused || each.counts.open() == 0; });
    }
    int workers = workers_of(batch);
    std::int64_t others = 0;
    for (const Batch& each : *active_) {
        if (each.no != batch.no) {
            ++others;
            workers = std::max(workers, workers_of(each));
        }
    }
    if (others == 0) {
        return std::nullopt;
    }
    return Reason{"sharing",
                  fmt::format("sharing {} with {}", plural(workers, "worker"),
                              others == 1 ? "1 batch" : grouped(others) + " batches"),
                  ""};
}

int Reasons::workers_of(const Batch& batch) const {
    const auto& workers = context_.settings().workers;
    const int usual = usual_slots(workers);
    return std::clamp(batch.plan.concurrency > 0 ? batch.plan.concurrency : usual, 1,
                      std::max(1, workers.max));
}

std::string start_command(Context& context) {
    const Config& config = context.config();
    const bool system = config.settings.mode == Mode::system;
    const bool usual = config.settings.state.path == config.folders.state / "state.db";
    if (usual && is_unit_installed(config)) {
        return system ? "systemctl start batchd" : "systemctl --user start batchd";
    }
    return "batchd" + state_options(context.globals());
}

std::string restart_command(Context& context) {
    std::string command = start_command(context);
    const auto at = command.find(" start ");
    return at == std::string::npos ? command : command.replace(at, 7, " restart ");
}

void warn_nobody_works(Context& context) {
    warn("no batchd is running", "start it: " + start_command(context));
}

void warn_if_nobody_works(Context& context, const Batch& batch) {
    if (!Reasons(context, context.store()).is_anyone_working()) {
        warn(
            fmt::format("no batchd is running; {} is stored and waits for one", short_id(batch.id)),
            "start it: " + start_command(context));
    }
}

Reason paused_by(const std::string& user) {
    return {"paused", fmt::format("paused by {}{}{}", user, at_time, rfc3339(now())), ""};
}

}  // namespace batch::cli
