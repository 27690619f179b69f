#include "daemon/daemon.hpp"

#include "core/base/text.hpp"
#include "core/config/slots.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/escaped.hpp"
#include "core/os/file.hpp"
#include "core/os/lock.hpp"
#include "core/os/process.hpp"
#include "core/plugin/catalogue.hpp"
#include "core/store/taking_over.hpp"
#include "daemon/access_token.hpp"
#include "daemon/reload.hpp"

#include <fmt/core.h>

#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_for_lock = 5s;
constexpr auto look_every = 20ms;
constexpr auto drainer = "batchd --drain";

Config read_config(const DaemonRequest& request) {
    return load_config({.mode = request.mode,
                        .file = request.config,
                        .state = request.state,
                        .log_format = request.log_format,
                        .environment = process_environment()});
}

/// A holder that is just leaving, such as `batchd --drain`, is waited for.
FileLock take_lock(const StatePaths& paths, const Config& config, Leave leave) {
    const auto* const what_for = leave == Leave::when_drained ? drainer : "batchd";
    const auto until = BootClock::now() + patience_for_lock;
    for (;;) {
        if (auto lock = FileLock::try_lock(paths.lock(), what_for)) {
            return std::move(*lock);
        }
        const auto holder = holder_of(paths.lock());
        if (BootClock::now() > until ||
            (holder && holder->what_for == "batchd" && !holder->stopped())) {
            const std::string file = shorten_home(paths.state, config.folders.home);
            throw Error(
                ErrorKind::conflict,
                holder ? fmt::format("{} pid {} {}works on {}", holder->what_for, holder->pid,
                                     holder->stopped() ? "is stopped and still " : "already ", file)
                       : "somebody already works on " + file);
        }
        std::this_thread::sleep_for(look_every);
    }
}

/// Without its folder or its lock there is no state to work on.
FileLock prepare(const StatePaths& paths, const Config& config, Leave leave) {
    try {
        ensure_dir(paths.state.parent_path());
        return take_lock(paths, config, leave);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::conflict) {
            throw;
        }
        const std::string folder = paths.state.parent_path().string();
        throw error.code() == "disk_full"
            ? Error(ErrorKind::state, "no space left for " + shown_path(folder),
                    "make room: batchctl prune --older-than 30d")
                  .with_code("disk_full")
            : Error(ErrorKind::state, error.what(), "see whose it is: ls -ld " + shell_word(folder))
                  .with_code("state_not_writable");
    }
}

/// Changes nothing; throws what is wrong.
int check(const Config& config) {
    for (const std::string& warning : config.warnings) {
        fmt::print(stderr, "batchd: warning: {}\n", warning);
    }
    for (const auto& file : config.files) {
        fmt::print(stderr, "ok    {}\n", shown_path(file));
    }
    check(config.settings.queue);
    const auto& path = config.settings.state.path;
    std::string found = "not there yet";
    try {
        const int version = open_store(path, OpenMode::look)->schema_version();
        found = fmt::format("version {}", version);
        if (version < newest_state_version()) {
            found += fmt::format(", would be migrated to {}", newest_state_version());
        }
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
    }
    fmt::print(stderr, "ok    {}: {}\n", shown_path(path), found);
    return 0;
}

void log_start(const Log& log, Store& store, const Config& config) {
    const Settings& settings = config.settings;
    const Catalogue catalogue(plugin_folders(config.folders.data, settings.plugins.path));
    const int workers = usual_slots(settings.workers);
    log.info(
        "started",
        fmt::format("batchd {} pid {}: {} version {}, queue {}, {}, {}", BATCH_VERSION, ::getpid(),
                    settings.state.path.filename().string(), store.schema_version(),
                    settings.queue.url.substr(0, settings.queue.url.find(':')),
                    plural(workers, "worker"),
                    plural(static_cast<std::int64_t>(catalogue.list().size()), "plugin")));
}

/// Null where the state file is the queue.
std::unique_ptr<Consumer> open_queue(Store& store, const Config& config) {
    const Settings& settings = config.settings;
    if (is_local(settings.queue)) {
        return nullptr;
    }
    const QueuePlace place{.settings = settings.queue,
                           .paths = {settings.state.path},
                           .state_id = store.state_id(),
                           .program = "batchd"};
    return queue_backend(settings.queue.url).consumer(place, usual_slots(settings.workers) + 2);
}

void settle_the_past(Store& store, const StatePaths& paths, const Log& log) {
    const auto before = store.reading().last_daemon();
    const TakenOver taken = take_over(store, paths, BATCH_VERSION);
    const auto pid = before ? before->pid : 0;
    if (taken.processes > 0) {
        log.warn("processes_killed",
                 fmt::format("{} of the batchd before (pid {}) were still running: killed",
                             plural(static_cast<std::int64_t>(taken.processes), "process"), pid),
                 {{"count", std::to_string(taken.processes), true}});
    }
    const std::size_t items = taken.items;
    if (items > 0) {
        log.warn("items_handed_back",
                 fmt::format("{} of the batchd before (pid {}) handed back",
                             plural(static_cast<std::int64_t>(items), "item"), pid),
                 {{"count", std::to_string(items), true}});
    }
}

}  // namespace

int run_daemon(const DaemonRequest& request) {
    const Fd access_token = take_access_token();
    Config config = read_config(request);
    if (request.only_check) {
        return check(config);
    }
    Log log(config.settings.log);
    for (const std::string& warning : config.warnings) {
        log.warn("config", warning);
    }
    const StatePaths paths{config.settings.state.path};
    const FileLock lock = prepare(paths, config, request.leave);
    const auto store = open_store(paths.state, OpenMode::own,
                                  [&log](const std::string& news) { log.info("migration", news); });
    // Every plugin may dump core with rows in it; batchd's own memory is nobody's business either.
    constexpr rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    become_subreaper();
    const auto nudges = queue_backend("local:").consumer({.paths = paths}, 1);
    const auto queue = open_queue(*store, config);
    log_start(log, *store, config);
    settle_the_past(*store, paths, log);
    crash_point("take_over.done");
    Engine engine(*store, *nudges, queue.get(), config, log);
    engine.on_hup = [&] {
        const bool changed = reload(config, log, [&request] { return read_config(request); });
        log.set(config.settings.log);
        return changed;
    };
    engine.run(request.leave);
    return 0;
}

}  // namespace batch
