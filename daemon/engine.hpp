#pragma once

#include "core/config/config.hpp"
#include "core/os/signals.hpp"
#include "core/queue/queue.hpp"
#include "core/store/store.hpp"
#include "daemon/board.hpp"
#include "daemon/brake.hpp"
#include "daemon/breaker.hpp"
#include "daemon/clock_watch.hpp"
#include "daemon/dispatcher.hpp"
#include "daemon/doorbells.hpp"
#include "daemon/listener.hpp"
#include "daemon/log.hpp"
#include "daemon/login_watch.hpp"
#include "daemon/outcomes.hpp"
#include "daemon/outputs.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/pool.hpp"
#include "daemon/recorder.hpp"
#include "daemon/retention.hpp"
#include "daemon/stall.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>

namespace batch {

/// When a daemon stops by itself.
enum class Leave {
    on_signal,    ///< TERM or INT
    when_drained  ///< also when nothing is claimable, running, or due within a minute
};

/// The daemon's loop: hears doorbells, claims, sends items to workers, records what they answer.
///
/// One thread and one poll: every turn sends what can be sent, commits what is settled together
/// with the next claims, and waits.  So plugins have work while the disk is flushed.
class Engine {
public:
    /// `store` must be this thread's, opened by the holder of the lock.
    /// `queue` is null where the state file is the queue; nudges always come.
    Engine(Store& store, Consumer& nudges, Consumer* queue, const Config& config, Log& log);
    ~Engine();

    /// Until a signal or, with when_drained, the end of the work.  Throws Error{state} when the
    /// state file can no longer be used.
    void run(Leave leave);

    /// Called on HUP; true if the settings are other ones now.
    std::function<bool()> on_hup;

private:
    /// So many are taken in hand at once where nobody rings for them: each turn of the loop looks
    /// at all in hand.
    static constexpr std::size_t many_batches = 256;

    bool turn(Leave leave);
    void send_and_commit();
    void send();
    void wait();
    void take_up_logins();
    void look_after_time(BootTime at);
    void sweep(BootTime at);
    void look_for_work(std::size_t free_slots);
    void stall(const Error& error);
    void try_again();
    std::size_t free_slots() const;
    bool wants_more() const;
    std::chrono::nanoseconds patience(BootTime at) const;
    bool is_idle() const;
    bool is_finished(Leave leave);
    void let_workers_go();

    bool wants_commit();
    void commit_group();
    std::vector<Chunk> write_group();
    void tell_duration(std::string_view event, std::chrono::nanoseconds elapsed) const;
    void write_decisions(Work& work);
    void take_up_decisions();
    std::string name_of(BatchNo no);
    void checkpoint();
    bool may_claim(const BatchRun& run) const;
    void claim(Work& work, std::vector<Chunk>& chunks);
    void claim_alone(Work& work, std::vector<Chunk>& chunks);
    void end_alone();
    void start_chunk(Chunk chunk);

    void apply_settings();
    void read_signals();
    void reload();
    void begin_drain();
    void stop_now(Listener::Speed speed);
    std::size_t items_at_work() const;

    Store& store_;
    const Settings& settings_;
    Log& log_;
    SignalFd signals_;
    Outputs outputs_;
    WorkDirs dirs_;
    Pipeline pipeline_;
    StepBuilder steps_;
    Board board_;
    Doorbells doorbells_;
    Hand hand_;
    Pool pool_;
    Recorder recorder_;
    Outcomes outcomes_;
    Listener listener_;
    Brake brake_;
    Dispatcher dispatcher_;
    Breaker breaker_;
    Stall stall_;
    ClockWatch clock_;
    Retention retention_;
    LoginWatch logins_;
    Dispatcher::Limits limits_;
    std::size_t in_hand_ = 0;  ///< of all runs
    std::vector<std::pair<BatchNo, Reason>> pauses_;
    std::map<BatchNo, std::string> holds_;
    std::vector<std::pair<BatchNo, std::string_view>> ended_pauses_;  ///< by their reason's code
    BootTime next_checkpoint_{};
    std::vector<pollfd> fds_;
    std::vector<Worker*> polled_;
    std::int64_t seen_version_ = -1;
    bool some_left_ = false;  ///< batches with work that no slot is free for
    /// Whose item has been lost with three daemons: nothing more is claimed, and when nothing is in
    /// hand it runs.
    std::optional<BatchNo> alone_;
    bool alone_at_work_ = false;
    BootTime next_sweep_{};
    BootTime
        soonest_sweep_{};  ///< with free slots and batches left; sweeps take a tenth of the time
    TimePoint next_due_ = TimePoint::min();  ///< when something stored becomes claimable
    BootTime last_work_{};
    std::optional<BootTime> drain_until_;
    Recorder::Tally before_drain_;
};

}  // namespace batch
