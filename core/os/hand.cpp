#include "core/os/hand.hpp"

#include "core/base/error.hpp"
#include "core/os/file.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;

namespace {

constexpr std::array<char, 8> mark{'b', 'a', 't', 'c', 'h', 'H', '1', '\n'};
constexpr std::size_t first_places = 4'000;
constexpr std::size_t largest_file = std::size_t{64} << 20;

struct Header {
    std::array<char, 8> mark{};
    std::int64_t pid = 0;
    std::uint64_t start_time = 0;
    std::array<char, 40> boot_id{};
};

/// An item has no pid; a free place has nothing.
struct Note {
    std::int64_t pid = 0;
    std::uint64_t value = 0;
};

std::size_t bytes_of(std::size_t places) {
    return sizeof(Header) + places * sizeof(Note);
}

Note* notes_in(void* memory) {
    return reinterpret_cast<Note*>(static_cast<char*>(memory) + sizeof(Header));
}

template <typename Number>
void store(Number& place, Number value) noexcept {
    std::atomic_ref(place).store(value, std::memory_order_release);
}

}  // namespace

std::optional<HandNotes> Hand::left_in(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_regular_file(fs::symlink_status(path, ignored))) {
        return std::nullopt;  // a pipe would be waited for
    }
    std::string bytes;
    try {
        bytes = read_file(path, largest_file);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::not_found) {
            return std::nullopt;
        }
        throw;
    }
    Header header;
    if (bytes.size() < sizeof header) {
        return std::nullopt;
    }
    std::memcpy(&header, bytes.data(), sizeof header);
    HandNotes notes{
        .owner = {.pid = static_cast<pid_t>(header.pid),
                  .start_time = header.start_time,
                  .boot_id = {header.boot_id.data(),
                              ::strnlen(header.boot_id.data(), header.boot_id.size())}}};
    if (header.mark != mark || notes.owner.boot_id != batch::boot_id()) {
        return std::nullopt;
    }
    for (std::size_t at = sizeof header; at + sizeof(Note) <= bytes.size(); at += sizeof(Note)) {
        Note note;
        std::memcpy(&note, bytes.data() + at, sizeof note);
        if (note.pid != 0) {
            notes.workers.push_back({static_cast<pid_t>(note.pid), note.value});
        } else if (note.value != 0) {
            notes.items.push_back(static_cast<std::int64_t>(note.value));
        }
    }
    std::ranges::sort(notes.items);
    return notes;
}

Hand::Hand(fs::path path) : path_(std::move(path)) {
    ::unlink(path_.c_str());
    fd_ = Fd{::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, private_file)};
    if (!fd_) {
        throw system_error("make " + path_.native(), errno);
    }
    map(first_places);
    const ProcessName self = own_name();
    Header header{.mark = {}, .pid = self.pid, .start_time = self.start_time, .boot_id = {}};
    self.boot_id.copy(header.boot_id.data(), header.boot_id.size() - 1);
    std::memcpy(memory_, &header, sizeof header);
    std::memcpy(memory_, mark.data(), mark.size());  // last: without it nobody reads the rest
}

Hand::~Hand() {
    if (memory_ != nullptr) {
        ::munmap(memory_, bytes_of(places_));
    }

    struct stat ours {};

    struct stat there {};

    if (::fstat(fd_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
        ours.st_ino == there.st_ino && ours.st_dev == there.st_dev) {
        ::unlink(path_.c_str());
    }
}

// The blocks are allocated at once: a store to a page that finds no room would be fatal (SIGBUS).
void Hand::map(std::size_t places) {
    const auto size = bytes_of(places);
    if (const int fault = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size)); fault != 0) {
        throw system_error("write " + path_.native(), fault);
    }
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (memory == MAP_FAILED) {
        throw system_error("map " + path_.native(), errno);
    }
    if (memory_ != nullptr) {
        ::munmap(memory_, bytes_of(places_));
    }
    memory_ = memory;
    free_.reserve(places);  // forget() may not fail
    for (Place place = places; place > places_; --place) {
        free_.push_back(place - 1);
    }
    places_ = places;
}

Hand::Room Hand::reserve(std::size_t notes) {
    if (reserved_ + notes > places_) {
        map(places_ + std::max(places_, notes));
    }
    reserved_ += notes;
    return {*this, notes};
}

Hand::Place Hand::note(std::int64_t pid, std::uint64_t value) noexcept {
    const Place place = free_.back();
    free_.pop_back();
    Note& note = notes_in(memory_)[place];
    store(note.value, value);
    store(note.pid, pid);
    return place;
}

void Hand::forget(Place place) noexcept {
    Note& note = notes_in(memory_)[place];
    store(note.pid, std::int64_t{0});
    store(note.value, std::uint64_t{0});
    free_.push_back(place);
}

}  // namespace batch
