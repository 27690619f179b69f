#pragma once

#include "core/os/fd.hpp"
#include "core/os/process.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace batch {

/// What a process had in hand when it was lost.
struct HandNotes {
    /// A process that it had started.
    struct Worker {
        pid_t pid = 0;
        std::uint64_t start_time = 0;
    };

    ProcessName owner;
    std::vector<Worker> workers;
    std::vector<std::int64_t> items;  ///< that its workers had been sent
};

/// What this process has in hand, noted where its successor finds it.
///
/// A file mapped into memory: a note costs one store, no call and no flush.  It has to outlive the
/// process, not the machine: after a reboot nothing of it is true any more.
class Hand {
public:
    /// Notes that were left by a process that was lost since the last boot; absent if the last one
    /// left in order.
    static std::optional<HandNotes> left_in(const std::filesystem::path& path);

    /// Begins anew, in a file of its own: a process before us may still have the old one.
    explicit Hand(std::filesystem::path path);
    Hand(const Hand&) = delete;
    Hand& operator=(const Hand&) = delete;

    /// Removes the file, unless a successor has begun its own: nothing is in hand any more.
    ~Hand();

    using Place = std::size_t;

    /// Space for some notes at a time: within it nothing can fail.
    class Room {
    public:
        Room(Room&& other) noexcept : hand_(other.hand_), notes_(std::exchange(other.notes_, 0)) {}

        Room& operator=(Room&&) = delete;

        ~Room() { hand_.reserved_ -= notes_; }

        Place note_item(std::int64_t id) noexcept {
            return hand_.note(0, static_cast<std::uint64_t>(id));
        }

        Place note_worker(const HandNotes::Worker& worker) noexcept {
            return hand_.note(worker.pid, worker.start_time);
        }

        void forget(Place place) noexcept { hand_.forget(place); }

    private:
        friend class Hand;

        Room(Hand& hand, std::size_t notes) noexcept : hand_(hand), notes_(notes) {}

        Hand& hand_;
        std::size_t notes_;
    };

    /// Throws Error if the file cannot grow.
    Room reserve(std::size_t notes);

private:
    void forget(Place place) noexcept;
    Place note(std::int64_t pid, std::uint64_t value) noexcept;
    void map(std::size_t places);

    std::filesystem::path path_;
    Fd fd_;
    void* memory_ = nullptr;
    std::size_t places_ = 0;
    std::size_t reserved_ = 0;
    std::vector<Place> free_;
};

}  // namespace batch
