#pragma once

#include "core/plugin/conformance.hpp"
#include "core/plugin/wire.hpp"

#include <filesystem>
#include <set>
#include <string>

namespace batch {

/// A plugin under test: sends items and takes answers, each exactly once.
///
/// All members throw Error{operation} for what breaks the protocol; the hint is how to mend it.
class Probe {
public:
    /// `folder` is where items get folders of their own, if the manifest wants files.
    Probe(const ConformanceTask& task, const Manifest& manifest, std::filesystem::path folder);

    /// Starts it with the options, in this environment (ours if absent), and waits for ready.
    void start(const std::string& options, const std::optional<std::vector<std::string>>& env = {});

    /// The frame of a new item that is now in hand; `row` is JSON.
    std::string make_item(const std::string& row);

    void send(std::string_view bytes) { wire_->send(bytes); }

    /// Waits for an answer to an item in hand.  Returns what it said, in short.
    std::string take_answer();
    void take_all();

    /// Waits for pong; answers to items in hand may come before it, others not.
    void ping();

    std::size_t in_hand() const noexcept { return in_hand_.size(); }

    std::uint64_t last_id() const noexcept { return next_id_ - 1; }

    Wire& wire() noexcept { return *wire_; }

private:
    Answer next(std::string_view waiting_for, Millis patience);
    std::string settle(const Answer& answer);
    [[noreturn]] void fail_ended(std::string_view waiting_for);
    void check_files(const Answer& answer) const;

    const ConformanceTask& task_;
    const Manifest& manifest_;
    std::filesystem::path folder_;
    std::optional<Wire> wire_;
    AnswerReader reader_;
    std::string line_;
    std::size_t lines_ = 0;
    std::uint64_t next_id_ = 1;
    std::set<std::uint64_t> in_hand_;
};

}  // namespace batch
