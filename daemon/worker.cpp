#include "daemon/worker.hpp"

#include "core/base/error.hpp"
#include "core/os/escaped.hpp"
#include "core/os/oom.hpp"
#include "core/os/process.hpp"
#include "core/plugin/limits.hpp"
#include "daemon/batch_run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace batch {
namespace {

constexpr std::size_t slot_bits = 20;
constexpr int pipe_bytes = 256 << 10;  // fewer wake-ups than with the default 64 KiB
constexpr std::size_t first_buffer = 128 << 10;
constexpr std::size_t padding = 64;  // simdjson reads up to 32 bytes behind a line
constexpr std::size_t max_words = 4096;

std::uint64_t id_of(std::uint32_t slot, std::uint32_t generation) noexcept {
    return std::uint64_t{generation} << slot_bits | slot;
}

/// Marks a worker and what it starts; another batchd finds by it what we have left behind.
std::string tag_of(std::uint64_t number) {
    static const std::string ours = mark_of(own_name());
    return fmt::format("{}.{}", ours, number);
}

}  // namespace

Worker::Ends Worker::start(const WorkerSpec& spec, const std::string& variable) {
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    std::vector<std::string> env = spec.env;
    env.push_back(variable);
    Child child = Child::spawn({.argv = spec.argv,
                                .directory = "/",
                                .env = std::move(env),
                                .in = in.read.get(),
                                .out = out.write.get(),
                                .err = err.write.get()});
    // Only a larger pipe would be missed, not the pipe: the result does not matter.
    ::fcntl(in.write.get(), F_SETPIPE_SZ, pipe_bytes);
    ::fcntl(out.read.get(), F_SETPIPE_SZ, pipe_bytes);
    for (const int fd : {in.write.get(), out.read.get(), err.read.get()}) {
        set_nonblocking(fd);
    }
    return {std::move(in.write), std::move(out.read), std::move(err.read), std::move(child)};
}

Worker::Worker(const std::shared_ptr<const WorkerSpec>& spec, std::uint64_t number, Hand::Room hand)
    : Worker(spec, tag_of(number),
             start(*spec, fmt::format("{}={}", worker_variable, tag_of(number))), std::move(hand)) {
}

Worker::Worker(std::shared_ptr<const WorkerSpec> spec, std::string tag, Ends ends, Hand::Room hand)
    : spec_(std::move(spec)),
      hand_(std::move(hand)),
      noted_(hand_.note_worker({.pid = ends.child.pid(), .start_time = ends.child.start_time()})),
      tag_(std::move(tag)),
      in_(std::move(ends.in)),
      out_(std::move(ends.out)),
      err_(std::move(ends.err)),
      child_(std::move(ends.child)),
      to_(spec_->init),
      from_(first_buffer + padding),
      idle_since_(BootClock::now()) {
    offer_to_oom_killer(child_.pid());
}

Worker::~Worker() {
    child_.signal_group(SIGKILL);
    child_.wait();
    kill_escaped(tag_);
    for (const Flight& flight : flights_) {
        if (flight.execution) {
            hand_.forget(flight.noted);
        }
    }
    if (answered_) {
        hand_.forget(*answered_);
    }
    hand_.forget(noted_);
}

std::size_t Worker::in_flight_of(const BatchRun* run) const noexcept {
    const auto found = std::ranges::find(owners_, run, &Owner::run);
    return found == owners_.end() ? 0 : found->items;
}

void Worker::count(BatchRun* run, std::ptrdiff_t change) {
    auto found = std::ranges::find(owners_, run, &Owner::run);
    if (found == owners_.end()) {
        found = owners_.insert(found, {run, 0});
    }
    found->items += static_cast<std::size_t>(change);
    if (found->items == 0) {
        owners_.erase(found);
    }
}

std::uint64_t Worker::next_id() const noexcept {
    if (free_.empty()) {
        return id_of(static_cast<std::uint32_t>(flights_.size()), 1);
    }
    return id_of(free_.back(), flights_[free_.back()].generation + 1);
}

void Worker::send(ExecutionPtr execution, std::string_view frame) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(flights_.size()));
        flights_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    alone_ = execution->item.suspect;
    count(execution->run, 1);
    execution->started = {};
    flights_[slot].noted = hand_.note_item(execution->item.id.value);
    flights_[slot].execution = std::move(execution);
    ++flights_[slot].generation;
    to_ += frame;
    if (started() < spec_->concurrency) {
        ++in_flight_;
        begin(slot);
    } else {
        ++in_flight_;
        waiting_.push_back(slot);
    }
}

void Worker::begin(std::uint32_t slot) {
    Flight& flight = flights_[slot];
    Execution& execution = *flight.execution;
    execution.started = BootClock::now();
    if (execution.begun == BootTime{}) {
        execution.begun = execution.started;
    }
    flight.deadline = execution.started + execution.run->plan().retry.item_timeout;
}

Worker::Flight* Worker::find(std::uint64_t id) noexcept {
    const auto slot = id & ((1U << slot_bits) - 1);
    if (slot >= flights_.size() || !flights_[slot].execution ||
        flights_[slot].generation != id >> slot_bits) {
        return nullptr;
    }
    return &flights_[slot];
}

Execution* Worker::peek(std::uint64_t id) noexcept {
    Flight* const flight = find(id);
    return flight == nullptr ? nullptr : flight->execution.get();
}

// The note of the one that was answered last stays: what its answer does to batchd is its doing,
// too.
ExecutionPtr Worker::take(Flight& flight) {
    if (answered_) {
        hand_.forget(*answered_);
    }
    answered_ = flight.noted;
    return std::move(flight.execution);
}

ExecutionPtr Worker::answered(std::uint64_t id, std::chrono::nanoseconds& elapsed) {
    Flight* const flight = find(id);
    if (flight == nullptr) {
        ++strays_;
        return nullptr;
    }
    ExecutionPtr execution = take(*flight);
    const auto slot = static_cast<std::uint32_t>(flight - flights_.data());
    free_.push_back(slot);
    --in_flight_;
    count(execution->run, -1);
    alone_ = false;
    const BootTime now = BootClock::now();
    if (std::erase(waiting_, slot) > 0) {
        elapsed = std::chrono::nanoseconds{0};
        execution->begun = execution->begun == BootTime{} ? now : execution->begun;
    } else {
        elapsed = now - execution->started;
        if (!waiting_.empty()) {
            const std::uint32_t next = waiting_.front();
            waiting_.pop_front();
            begin(next);
        }
    }
    if (in_flight_ == 0) {
        idle_since_ = now;
    }
    return execution;
}

std::vector<std::uint64_t> Worker::ids(const std::function<bool(const Execution&)>& wanted) const {
    std::vector<std::uint64_t> found;
    for (std::size_t slot = 0; slot < flights_.size(); ++slot) {
        if (flights_[slot].execution && wanted(*flights_[slot].execution)) {
            found.push_back(id_of(static_cast<std::uint32_t>(slot), flights_[slot].generation));
        }
    }
    return found;
}

Worker::Left Worker::take_all() {
    Left left;
    for (const std::uint32_t slot : waiting_) {
        left.waiting.push_back(take(flights_[slot]));
    }
    for (Flight& flight : flights_) {
        if (flight.execution) {
            left.at_work.push_back(take(flight));
        }
    }
    flights_.clear();
    free_.clear();
    waiting_.clear();
    owners_.clear();
    in_flight_ = 0;
    return left;
}

void Worker::became_ready() noexcept {
    if (state_ != State::starting) {
        return;  // said again
    }
    state_ = State::ready;
    idle_since_ = BootClock::now();
}

void Worker::flush() {
    while (in_ && wants_write()) {
        const ssize_t put = ::write(in_.get(), to_.data() + sent_, to_.size() - sent_);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            if (errno != EAGAIN) {  // it is gone; its end is noticed by its pidfd
                sent_ = to_.size();
            }
            break;
        }
        sent_ += static_cast<std::size_t>(put);
    }
    if (!wants_write()) {
        to_.clear();
        sent_ = 0;
    }
}

Worker::Heard Worker::read(const std::function<bool(std::string_view)>& take) {
    const ssize_t got = ::read(out_.get(), from_.data() + have_, from_.size() - padding - have_);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return Heard::empty;
    }
    if (got <= 0) {
        out_ = Fd();  // a closed pipe is always readable: polled, it would keep the loop awake
        mute_since_ = mute_since_.value_or(BootClock::now());
        return Heard::ended;
    }
    std::size_t seen = have_;
    have_ += static_cast<std::size_t>(got);
    std::size_t begin = 0;
    while (const void* end = std::memchr(from_.data() + seen, '\n', have_ - seen)) {
        const auto stop = static_cast<std::size_t>(static_cast<const char*>(end) - from_.data());
        if (!take({from_.data() + begin, stop - begin})) {
            have_ = 0;
            return Heard::open;
        }
        begin = seen = stop + 1;
    }
    std::memmove(from_.data(), from_.data() + begin, have_ - begin);
    have_ -= begin;
    if (have_ > longest_frame) {
        return Heard::too_long;
    }
    if (have_ + padding >= from_.size()) {
        from_.resize(from_.size() * 2);
    }
    return Heard::open;
}

std::string Worker::read_err() {
    std::string text;
    char block[4096];
    for (;;) {
        const ssize_t got = ::read(err_.get(), block, sizeof block);
        if (got <= 0) {
            if (got == 0) {
                err_ = Fd();
            }
            break;
        }
        text.append(block, static_cast<std::size_t>(got));
        if (text.size() > longest_frame) {  // the rest with the next turn of the loop
            break;
        }
    }
    words_ += text;
    if (words_.size() > max_words) {
        words_.erase(0, words_.size() - max_words);
    }
    return text;
}

std::string Worker::last_words() const {
    std::string_view words = words_;
    while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) {
        words.remove_suffix(1);
    }
    const auto line = words.rfind('\n');
    return std::string(line == std::string_view::npos ? words : words.substr(line + 1));
}

void Worker::run_at_end() {
    Left left = take_all();
    if (at_end_) {
        at_end_(std::move(left));
    }
}

std::optional<BootTime> Worker::deadline() const noexcept {
    if (state_ == State::killed) {
        return std::nullopt;
    }
    std::optional<BootTime> first;
    for (const Flight& flight : flights_) {
        if (flight.execution && flight.execution->started != BootTime{} &&
            (!first || flight.deadline < *first)) {
            first = flight.deadline;
        }
    }
    return first;
}

std::optional<std::uint64_t> Worker::overdue(BootTime at) const noexcept {
    if (state_ == State::killed) {
        return std::nullopt;
    }
    for (std::size_t slot = 0; slot < flights_.size(); ++slot) {
        const Flight& flight = flights_[slot];
        if (flight.execution && flight.execution->started != BootTime{} && flight.deadline <= at) {
            return id_of(static_cast<std::uint32_t>(slot), flight.generation);
        }
    }
    return std::nullopt;
}

void Worker::leave(BootTime kill_at) {
    flush();
    in_ = Fd();
    state_ = State::leaving;
    kill_at_ = kill_at;
}

void Worker::kill(BootTime kill_at, AtEnd at_end) {
    if (state_ == State::killed) {
        return;
    }
    at_end_ = std::move(at_end);
    state_ = State::killed;
    in_ = Fd();
    child_.signal_group(SIGTERM);
    kill_at_ = kill_at;
}

void Worker::kill_now() {
    state_ = State::killed;
    child_.signal_group(SIGKILL);
    kill_at_.reset();
}

}  // namespace batch
