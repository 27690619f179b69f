#pragma once

#include "core/os/child.hpp"
#include "core/os/fd.hpp"
#include "core/os/hand.hpp"
#include "daemon/execution.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// What makes workers interchangeable: the same program, told the same things.
struct WorkerSpec {
    std::string plugin;             ///< name, for messages
    std::string init;               ///< its first frame
    std::vector<std::string> argv;  ///< with the jail in front where it has one
    std::vector<std::string> env;
    std::size_t concurrency = 1;  ///< items it works on at once; one more is sent ahead
    bool files = false;           ///< wants a directory for each item
};

/// One running process of a plugin: its pipes, and the items it was sent.
///
/// Both directions are non-blocking; whoever owns it polls and calls flush() and read().  The
/// process group is killed with the object, and what escaped from it as well.  Loop thread only.
class Worker {
public:
    enum class State {
        starting,  ///< has not said `ready` yet
        ready,
        leaving,  ///< its input was closed: it may finish what it has
        killed    ///< told to end, or ended; nothing it says counts
    };

    /// Starts the process and queues its init frame.  Throws Error if it cannot be started.  The
    /// process and the items it is sent are noted in `hand`.
    Worker(const std::shared_ptr<const WorkerSpec>& spec, std::uint64_t number, Hand::Room hand);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    const WorkerSpec& spec() const noexcept { return *spec_; }

    State state() const noexcept { return state_; }

    pid_t pid() const noexcept { return child_.pid(); }

    std::size_t in_flight() const noexcept { return in_flight_; }

    /// Items at work, without the one sent ahead.
    std::size_t started() const noexcept { return in_flight_ - waiting_.size(); }

    /// Whose items it has, and how many of each.
    struct Owner {
        BatchRun* run = nullptr;
        std::size_t items = 0;
    };

    const std::vector<Owner>& owners() const noexcept { return owners_; }

    std::size_t in_flight_of(const BatchRun* run) const noexcept;

    /// No others may be sent until the one it has is answered.
    bool alone() const noexcept { return alone_; }

    /// Id for the next send(); good for one answer.
    std::uint64_t next_id() const noexcept;

    /// Queues the item's frame, which carries next_id().
    void send(ExecutionPtr execution, std::string_view frame);

    void say(std::string_view frame) { to_ += frame; }

    /// Takes back the execution that the id names; null for an id that is not in flight (counted).
    /// `elapsed` is how long the item was at work.
    ExecutionPtr answered(std::uint64_t id, std::chrono::nanoseconds& elapsed);
    Execution* peek(std::uint64_t id) noexcept;

    /// Ids of a run's items in flight that `wanted` picks.
    std::vector<std::uint64_t> ids(const std::function<bool(const Execution&)>& wanted) const;

    /// All that is in flight; `at_work` are those that may have been begun.
    struct Left {
        std::vector<ExecutionPtr> at_work;
        std::vector<ExecutionPtr> waiting;
    };

    Left take_all();

    void became_ready() noexcept;

    std::size_t strays() const noexcept { return strays_; }

    // --- the pipes
    bool wants_write() const noexcept { return sent_ < to_.size(); }

    int in_fd() const noexcept { return in_.get(); }

    int out_fd() const noexcept { return out_.get(); }

    int err_fd() const noexcept { return err_.get(); }

    int ended_fd() const noexcept { return child_.poll_fd(); }

    /// Since when its standard output is closed; absent while it is open.
    std::optional<BootTime> mute_since() const noexcept { return mute_since_; }

    void flush();

    /// Reads once and gives each complete line to `take` until it returns false.
    enum class Heard { open, empty, ended, too_long };
    Heard read(const std::function<bool(std::string_view)>& take);

    /// What it wrote to standard error since the last call.
    std::string read_err();

    /// The end of what it wrote to standard error: its last words.
    std::string last_words() const;

    // --- time and ending
    std::optional<BootTime> deadline() const noexcept;

    /// The item whose time is up at `at`, if any.
    std::optional<std::uint64_t> overdue(BootTime at) const noexcept;

    BootTime idle_since() const noexcept { return idle_since_; }

    /// Closes its input.
    void leave(BootTime kill_at);

    /// TERM to all it started; KILL at `kill_at`.  What it has in flight stays with it until it has
    /// ended, and only then goes to `at_end`: nothing runs twice at the same time.
    using AtEnd = std::function<void(Left)>;
    void kill(BootTime kill_at, AtEnd at_end);
    void run_at_end();

    /// To be called when kill_at has come.
    void kill_now();

    std::optional<BootTime> kill_at() const noexcept { return kill_at_; }

    /// The exit status once it has ended.
    std::optional<Exit> try_wait() { return child_.try_wait(); }

private:
    struct Ends {
        Fd in;
        Fd out;
        Fd err;
        Child child;
    };

    struct Flight {
        ExecutionPtr execution;
        std::uint32_t generation = 0;
        BootTime deadline{};
        Hand::Place noted = 0;
    };

    Worker(std::shared_ptr<const WorkerSpec> spec, std::string tag, Ends ends, Hand::Room hand);
    ExecutionPtr take(Flight& flight);
    static Ends start(const WorkerSpec& spec, const std::string& variable);
    void begin(std::uint32_t slot);
    Flight* find(std::uint64_t id) noexcept;
    void count(BatchRun* run, std::ptrdiff_t change);

    std::shared_ptr<const WorkerSpec> spec_;
    Hand::Room hand_;
    Hand::Place noted_;
    std::optional<Hand::Place> answered_;
    std::string tag_;
    State state_ = State::starting;
    Fd in_;
    Fd out_;
    Fd err_;
    Child child_;
    std::string to_;
    std::size_t sent_ = 0;
    std::vector<char> from_;
    std::size_t have_ = 0;
    std::string words_;
    std::vector<Flight> flights_;
    std::vector<std::uint32_t> free_;
    std::vector<Owner> owners_;
    std::deque<std::uint32_t> waiting_;  ///< sent, but behind those at work
    std::size_t in_flight_ = 0;
    std::size_t strays_ = 0;
    bool alone_ = false;
    BootTime idle_since_;
    std::optional<BootTime> kill_at_;
    std::optional<BootTime> mute_since_;
    AtEnd at_end_;
};

}  // namespace batch
