#include "cli/wait.hpp"

#include "cli/cancel.hpp"
#include "cli/daemon_child.hpp"
#include "cli/live.hpp"
#include "cli/progress.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "cli/standstill.hpp"
#include "cli/summary.hpp"
#include "core/base/error.hpp"
#include "core/os/poll.hpp"
#include "core/os/signals.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_for_end_every = 15ms;  // a wait ends within 100 ms of the batch's end
constexpr auto redraw_every = 100ms;
constexpr auto silent_farewell = 1s;

std::unique_ptr<Display> display_for(Context& context, const WaitOptions& options) {
    const Globals& globals = context.globals();
    if (options.live && context.out_is_terminal() && !globals.json && !globals.quiet &&
        !is_dumb_terminal()) {
        return std::make_unique<LiveView>(context);
    }
    return std::make_unique<Progress>(context);
}

class Wait {
public:
    Wait(Context& context, std::vector<Batch> batches, const WaitOptions& options);

    int run();

private:
    struct Awaited {
        Batch batch;
        bool over = false;  ///< was final once; what happens to it later is not our business
        std::string noted;  ///< the pause that was told already
    };

    void look();
    void read(Awaited& awaited);
    void end(Awaited& awaited);
    std::optional<int> result();
    int verdict() const;
    bool is_over() const;

    int at_timeout();
    int at_standstill();
    int interrupted(int signal);
    void cancel_all();

    void keep_going();
    void show_progress();
    std::optional<Reason> why(Reasons& reasons, const Batch& batch) const;
    void pause();
    void say_farewell();

    std::vector<Batch> open() const;

    Context& context_;
    const WaitOptions& options_;
    SignalFd signals_{SIGINT, SIGTERM};
    std::unique_ptr<Store> store_;
    std::vector<Awaited> awaited_;
    std::optional<std::int64_t> version_;
    std::optional<BootTime> deadline_;
    BootTime next_drawing_ = BootClock::now() + redraw_every;
    std::unique_ptr<Display> display_;
    DaemonChild child_;
};

Wait::Wait(Context& context, std::vector<Batch> batches, const WaitOptions& options)
    : context_(context),
      options_(options),
      store_(context.open_state()),
      display_(display_for(context, options)),
      child_(context) {
    for (Batch& batch : batches) {
        awaited_.push_back({.batch = std::move(batch)});
    }
    if (options_.timeout) {
        deadline_ = BootClock::now() + *options_.timeout;
    }
}

int Wait::run() {
    look();
    if (!is_over() && !options_.start) {
        warn_if_nobody_works(context_, open().front());
    }
    std::optional<int> status;
    while (!(status = result())) {
        keep_going();
        show_progress();
        pause();
        if (const auto signal = signals_.read()) {
            status = interrupted(*signal);
            break;
        }
        look();
    }
    display_->clear();
    say_farewell();
    return *status;
}

void Wait::look() {
    // Asked before the rows are read: what is committed meanwhile is read the next time.
    const std::int64_t version = store_->reading().version();
    if (version_ == version) {
        return;
    }
    version_ = version;
    for (Awaited& awaited : awaited_) {
        if (!awaited.over) {
            read(awaited);
        }
    }
}

void Wait::read(Awaited& awaited) {
    auto batch = store_->reading().batch(awaited.batch.no);
    if (!batch || batch->status == BatchStatus::draft) {
        throw removed_meanwhile(awaited.batch);
    }
    awaited.batch = std::move(*batch);
    if (is_final(awaited.batch.status)) {
        end(awaited);
    } else if (!awaited.batch.paused) {
        awaited.noted.clear();
    } else if (!needs_a_person(awaited.batch) && awaited.noted != awaited.batch.paused->message) {
        awaited.noted = awaited.batch.paused->message;
        const auto reason = Reasons(context_, *store_).of(awaited.batch);
        display_->clear();
        note(waits_through(awaited.batch, reason->message));
    }
}

void Wait::end(Awaited& awaited) {
    if (options_.any && is_over()) {
        return;  // the first one is what counts
    }
    awaited.over = true;
    display_->clear();
    print_summary(context_, store_->reading(), awaited.batch, options_.again);
}

bool Wait::is_over() const {
    const auto over = [](const Awaited& each) { return each.over; };
    if (options_.any && std::ranges::any_of(awaited_, over)) {
        return true;
    }
    if (options_.fail_fast && verdict() != 0) {
        return true;
    }
    return std::ranges::all_of(awaited_, over);
}

/// The worst of those that are over: aborted, failed, done.
int Wait::verdict() const {
    int worst = 0;
    for (const Awaited& each : awaited_) {
        if (each.over) {
            worst = std::max(worst, batch::verdict(each.batch.status).value_or(0));
        }
    }
    return worst;
}

std::optional<int> Wait::result() {
    if (is_over()) {
        return verdict();
    }
    if (std::ranges::all_of(awaited_, [](const Awaited& each) {
            return each.over || needs_a_person(each.batch);
        })) {
        return at_standstill();
    }
    if (deadline_ && BootClock::now() >= *deadline_) {
        return at_timeout();
    }
    return std::nullopt;
}

int Wait::at_timeout() {
    display_->clear();
    Reasons reasons(context_, *store_);
    for (const Batch& batch : open()) {
        report(not_finished(batch, *options_.timeout, why(reasons, batch)));
    }
    return exit_status(ErrorKind::unfinished);
}

int Wait::at_standstill() {
    display_->clear();
    int status = exit_status(ErrorKind::unfinished);
    for (const Batch& batch : open()) {
        status = std::min(status, report(paused_by_batchd(batch)));
        if (const std::string why = why_login_ended(batch); !why.empty()) {
            say("  " + why);
        }
    }
    return status;
}

int Wait::interrupted(int signal) {
    display_->clear();
    version_.reset();
    look();
    if (options_.on_interrupt == OnInterrupt::cancel) {
        cancel_all();
    } else if (!is_over()) {
        print_kept(context_.globals(), open());
    }
    return exit_of_signal + signal;
}

void Wait::cancel_all() {
    for (const Batch& batch : open()) {
        say_always(cancelling(batch));
        const Cancelled cancelled = cancel(context_, batch, {}, {"interrupted", "interrupted", ""});
        if (!cancelled.stopped) {
            report(not_stopped(cancelled.after));
        }
    }
    version_.reset();
    look();
}

void Wait::keep_going() {
    // A batchd would find nothing to do while all of them are held.
    const bool held = std::ranges::all_of(
        awaited_, [](const Awaited& each) { return each.over || each.batch.paused; });
    if (options_.start && !held) {
        child_.keep_one_running();
    }
}

void Wait::show_progress() {
    if (BootClock::now() < next_drawing_) {
        return;
    }
    next_drawing_ = BootClock::now() + redraw_every;
    std::optional<Reasons> reasons;
    display_->show(open(), [&](const Batch& batch) {
        if (!reasons) {
            reasons.emplace(context_, *store_);
        }
        return why(*reasons, batch);
    });
}

/// Of a batchd that we start ourselves not a word.
std::optional<Reason> Wait::why(Reasons& reasons, const Batch& batch) const {
    auto reason = reasons.of(batch);
    return options_.start && reason && reason->code == "no_daemon" ? std::nullopt : reason;
}

void Wait::pause() {
    std::array fds{pollfd{signals_.poll_fd(), POLLIN, 0}, pollfd{child_.poll_fd(), POLLIN, 0}};
    wait_for_any(fds, look_for_end_every);
}

/// Our child has no reason to stay.  What it has at work, of other batches too, may end first; a
/// signal to us means that it may not.
void Wait::say_farewell() {
    child_.ask_to_leave();
    const BootTime patience = BootClock::now() + silent_farewell;
    bool told = false;
    while (child_.is_running()) {
        std::array fds{pollfd{signals_.poll_fd(), POLLIN, 0}, pollfd{child_.poll_fd(), POLLIN, 0}};
        wait_for_any(fds, redraw_every);
        if (signals_.read()) {
            child_.ask_to_leave();
        }
        if (!told && BootClock::now() > patience) {
            note(fmt::format("what is at work ends first, within {}; Ctrl-C stops it",
                             exact(context_.settings().workers.drain_timeout)));
            told = true;
        }
    }
}

std::vector<Batch> Wait::open() const {
    std::vector<Batch> batches;
    for (const Awaited& each : awaited_) {
        if (!each.over) {
            batches.push_back(each.batch);
        }
    }
    return batches;
}

}  // namespace

int wait_for(Context& context, std::vector<Batch> batches, const WaitOptions& options) {
    return Wait(context, std::move(batches), options).run();
}

}  // namespace batch::cli
