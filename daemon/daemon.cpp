#include "daemon/daemon.hpp"

#include "core/base/text.hpp"
#include "core/os/escaped.hpp"
#include "core/os/file.hpp"
#include "core/os/lock.hpp"
#include "core/os/process.hpp"
#include "core/plugin/catalogue.hpp"

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
    Config config = load_config(request.mode, request.config, request.state);
    if (request.log_format) {
        config.settings.log.format = *request.log_format == "human"  ? LogFormat::human
                                     : *request.log_format == "json" ? LogFormat::json
                                                                     : LogFormat::journal;
    }
    return config;
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

void log_start(const Log& log, Store& store, const Config& config) {
    const Settings& settings = config.settings;
    const Catalogue catalogue(plugin_folders(config.folders.data, settings.plugins.path));
    const auto workers = settings.workers.count > 0
                             ? settings.workers.count
                             : static_cast<int>(std::thread::hardware_concurrency());
    log.info(
        "started",
        fmt::format("batchd {} pid {}: {} version {}, queue {}, {}, {}", BATCH_VERSION, ::getpid(),
                    settings.state.path.filename().string(), store.schema_version(),
                    settings.queue.url.substr(0, settings.queue.url.find(':')),
                    plural(workers, "worker"),
                    plural(static_cast<std::int64_t>(catalogue.list().size()), "plugin")));
}

void take_over(Store& store, const Log& log) {
    const auto before = store.reading().last_daemon();
    const ProcessName me = own_name();
    const std::size_t items =
        store.working().take_over({.boot_id = me.boot_id,
                                   .pid = me.pid,
                                   .start_time = static_cast<std::int64_t>(me.start_time),
                                   .version = BATCH_VERSION,
                                   .started_at = now()});
    if (items > 0) {
        log.warn("items_handed_back",
                 fmt::format("{} items of the batchd before (pid {}) handed back", items,
                             before ? before->pid : 0),
                 {{"count", std::to_string(items), true}});
    }
}

}  // namespace

int run_daemon(const DaemonRequest& request) {
    Config config = read_config(request);
    Settings& settings = config.settings;
    Log log(settings.log);
    for (const std::string& warning : config.warnings) {
        log.warn("config", warning);
    }
    const StatePaths paths{settings.state.path};
    ensure_dir(paths.state.parent_path());
    const FileLock lock = take_lock(paths, config, request.leave);
    const auto store = open_store(paths.state, OpenMode::own);
    if (request.only_check) {
        return 0;
    }
    // Every plugin may dump core with rows in it; batchd's own memory is nobody's business either.
    constexpr rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    become_subreaper();
    const auto bells = queue_backend(settings.queue.url).consumer(settings.queue.url, paths);
    log_start(log, *store, config);
    take_over(*store, log);
    Engine engine(*store, *bells, config, log);
    engine.on_hup = [&] {
        const Config fresh = read_config(request);
        config.settings.workers = fresh.settings.workers;
        config.settings.items = fresh.settings.items;
        config.settings.outputs = fresh.settings.outputs;
        config.settings.log = fresh.settings.log;
        log.set(config.settings.log);
    };
    engine.run(request.leave);
    return 0;
}

}  // namespace batch
