#include "daemon/pool.hpp"

#include "core/os/crash_point.hpp"
#include "core/os/escaped.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto idle_limit = 10s;  // then a warm worker is let go
constexpr std::size_t deaths_allowed = 5;
constexpr auto deaths_window = 60s;
constexpr auto hold = 60s;
constexpr auto leave_time = 5s;  // batch-plugin(7): a plugin leaves within 5 s of the end of input

}  // namespace

std::size_t Pool::count(const WorkerSpec& spec) const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(workers_, [&spec](const auto& worker) {
        return &worker->spec() == &spec && worker->state() <= Worker::State::ready;
    }));
}

std::size_t Pool::starting(const WorkerSpec& spec) const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(workers_, [&spec](const auto& worker) {
        return &worker->spec() == &spec && worker->state() == Worker::State::starting;
    }));
}

std::size_t Pool::busy() const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        workers_, [](const auto& worker) { return worker->in_flight() > 0; }));
}

bool Pool::make_room() {
    if (workers_.size() < static_cast<std::size_t>(settings_.max)) {
        return true;
    }
    const auto idle = std::ranges::find_if(workers_, [](const auto& worker) {
        return worker->state() == Worker::State::ready && worker->in_flight() == 0;
    });
    if (idle != workers_.end()) {
        (*idle)->leave(BootClock::now() + leave_time);
    }
    return false;
}

Worker* Pool::spawn(const std::shared_ptr<const WorkerSpec>& spec) {
    if (broken(spec->plugin) != nullptr || !make_room()) {
        return nullptr;
    }
    // Itself, those at work, the one sent ahead and the one that was answered last.
    Hand::Room room = hand_.reserve(1 + spec->concurrency + 2);
    workers_.push_back(std::make_unique<Worker>(spec, next_number_++, std::move(room)));
    crash_point("worker.started");
    log_.debug("worker_started",
               fmt::format("{} started, pid {}", spec->plugin, workers_.back()->pid()));
    return workers_.back().get();
}

void Pool::died(const WorkerSpec& spec, const std::string& last_words) {
    std::deque<BootTime>& deaths = deaths_[spec.plugin];
    const BootTime at = BootClock::now();
    deaths.push_back(at);
    while (deaths.front() + deaths_window < at) {
        deaths.pop_front();
    }
    if (deaths.size() < deaths_allowed) {
        return;
    }
    deaths.clear();
    const std::string until = calendar(now() + hold, Zone::local).substr(11, 5);
    breaks_[spec.plugin] = {.until = at + hold,
                            .plugin = spec.plugin,
                            .message = fmt::format("{} died {} times in 60s: held back until {}",
                                                   spec.plugin, deaths_allowed, until),
                            .last_words = last_words};
}

const Pool::Break* Pool::broken(const std::string& plugin) const {
    const auto found = breaks_.find(plugin);
    return found == breaks_.end() || found->second.until <= BootClock::now() ? nullptr
                                                                             : &found->second;
}

bool Pool::any_broken() {
    const BootTime at = BootClock::now();
    std::erase_if(breaks_, [at](const auto& each) { return each.second.until <= at; });
    return !breaks_.empty();
}

void Pool::reap(Reap what) {
    const BootTime now = BootClock::now();
    for (const auto& worker : workers_) {
        const bool idle = worker->state() == Worker::State::ready && worker->in_flight() == 0;
        if (idle && (what == Reap::all || worker->idle_since() + idle_limit < now)) {
            worker->leave(now + leave_time);
        }
        if (what == Reap::all && worker->state() == Worker::State::starting) {
            worker->kill_now();  // nobody will send it anything
        }
        if (worker->kill_at() && *worker->kill_at() <= now) {
            worker->kill_now();
        }
    }
}

void Pool::reap_orphans() const {
    std::vector<pid_t> ours;
    for (const auto& worker : workers_) {
        ours.push_back(worker->pid());
    }
    batch::reap_orphans(ours);
}

void Pool::remove(const Worker* worker) {
    std::erase_if(workers_, [worker](const auto& each) { return each.get() == worker; });
}

}  // namespace batch
