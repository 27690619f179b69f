#pragma once

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
    Pool(std::size_t most, Millis grace, const Log& log) : most_(most), grace_(grace), log_(log) {}

    /// For workers that are started, and killed, from now on.
    void set_limits(std::size_t most, Millis grace) noexcept {
        most_ = most;
        grace_ = grace;
    }

    const std::vector<std::unique_ptr<Worker>>& workers() const noexcept { return workers_; }

    /// Starts one, or gives nothing: all places are taken by busy workers, or the plugin is held
    /// back because it keeps dying.
    Worker* spawn(const std::shared_ptr<const WorkerSpec>& spec);

    /// Of this kind, those that can still be sent something.
    std::size_t count(const WorkerSpec& spec) const noexcept;
    std::size_t starting(const WorkerSpec& spec) const noexcept;

    /// A worker of this kind ended without being asked to.  Five times in a minute: nothing of it
    /// is started for another minute.
    void died(const WorkerSpec& spec, const std::string& last_words);

    /// Until when the plugin is held back; in the past if it is not.
    BootTime held_until(const WorkerSpec& spec) const;

    /// Lets go of workers that were idle for long; all idle ones if there is no more work.
    enum class Reap { idle, all };
    void reap(Reap what);

    /// Removes workers that have ended and hold nothing.
    void remove(const Worker* worker);

    /// What workers have left behind and batchd has adopted is let go once it has ended.
    void reap_orphans() const;

    void kill(Worker& worker, Worker::AtEnd at_end) {
        worker.kill(BootClock::now() + grace_, std::move(at_end));
    }

    std::size_t busy() const noexcept;

private:
    struct Trouble {
        std::deque<BootTime> deaths;
        BootTime held_until{};
    };

    bool make_room();

    std::size_t most_;
    Millis grace_;
    const Log& log_;
    std::uint64_t next_number_ = 1;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::map<std::string, Trouble> troubles_;
};

}  // namespace batch
