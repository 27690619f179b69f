#pragma once

#include "core/config/settings.hpp"
#include "daemon/log.hpp"
#include "daemon/worker.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace batch {

/// All workers of this daemon.  Starts them, keeps them warm between batches, and lets go of those
/// that nobody needs.  Loop thread only.
class Pool {
public:
    /// What they are and have is noted in `hand`.
    Pool(const Settings::Workers& settings, Hand& hand, const Log& log)
        : settings_(settings), hand_(hand), log_(log) {}

    const std::vector<std::unique_ptr<Worker>>& workers() const noexcept { return workers_; }

    /// Starts one, or gives nothing: all places are taken by busy workers, or the plugin is held
    /// back because it keeps dying.
    Worker* spawn(const std::shared_ptr<const WorkerSpec>& spec);

    /// Of this kind, those that can still be sent something.
    std::size_t count(const WorkerSpec& spec) const noexcept;
    std::size_t starting(const WorkerSpec& spec) const noexcept;

    /// A worker of this kind ended without being asked to.  Five times in a minute: the breaker
    /// opens, and nothing of the plugin is started for another minute.
    void died(const WorkerSpec& spec, const std::string& last_words);

    /// A plugin that is held back.
    struct Break {
        BootTime until{};
        std::string plugin;
        std::string message;  ///< "watermark died 5 times in 60s: held back until 18:52"
        std::string last_words;
    };

    /// Absent if it is not held back.
    const Break* broken(const std::string& plugin) const;

    /// Whether any is; forgets those whose time is over.
    bool any_broken();

    /// Lets go of workers that were idle for long; all idle ones if there is no more work.
    enum class Reap { idle, all };
    void reap(Reap what);

    /// Removes workers that have ended and hold nothing.
    void remove(const Worker* worker);

    /// What workers have left behind and batchd has adopted is let go once it has ended.
    void reap_orphans() const;

    void kill(Worker& worker, Worker::AtEnd at_end) {
        worker.kill(BootClock::now() + settings_.kill_grace, std::move(at_end));
    }

    std::size_t busy() const noexcept;

private:
    bool make_room();

    const Settings::Workers& settings_;
    Hand& hand_;
    const Log& log_;
    std::uint64_t next_number_ = 1;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::map<std::string, std::deque<BootTime>> deaths_;
    std::map<std::string, Break> breaks_;
};

}  // namespace batch
