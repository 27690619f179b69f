#include "tests/cli/terminal.hpp"

#include "core/os/fd.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <pty.h>
#include <unistd.h>

namespace batch::testing {
namespace {

/// A pseudo-terminal in the place of a standard descriptor, and what is written to it.
class Terminal {
public:
    Terminal(int fd, unsigned short columns) : fd_(fd), saved_(::dup(fd)) {
        int leader = -1;
        int follower = -1;
        winsize size{.ws_row = 40, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        termios modes{};
        ::cfmakeraw(&modes);
        if (::openpty(&leader, &follower, nullptr, &modes, &size) != 0) {
            throw std::runtime_error("there is no pseudo-terminal");
        }
        leader_ = Fd(leader);
        ::dup2(follower, fd);
        ::close(follower);
        reader_ = std::thread([this] { read(); });
    }

    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    ~Terminal() { text(); }

    void type(const std::string& typed) const { write_all(leader_.get(), typed); }

    /// The end: the stream is what it was before.
    const std::string& text() {
        if (reader_.joinable()) {
            ::dup2(saved_, fd_);
            ::close(saved_);
            reader_.join();
        }
        return text_;
    }

private:
    void read() {
        std::array<char, 4096> buffer{};
        for (;;) {
            const ssize_t count = ::read(leader_.get(), buffer.data(), buffer.size());
            if (count <= 0) {
                return;  // EIO: nobody has the other end any more
            }
            text_.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }

    int fd_;
    int saved_;
    Fd leader_;
    std::string text_;
    std::thread reader_;
};

}  // namespace

Said on_terminal(const std::vector<std::string>& words, const TerminalWish& wish) {
    Terminal in(STDIN_FILENO, wish.columns);
    Terminal out(STDOUT_FILENO, wish.columns);
    Terminal err(STDERR_FILENO, wish.columns);
    if (!wish.typed.empty()) {
        in.type(wish.typed);
    }
    ::setenv("TERM", "xterm", 1);
    ::setenv("NO_COLOR", wish.colors ? "" : "1", 1);
    Said said;
    said.code = run_words(words);
    ::unsetenv("NO_COLOR");
    said.out = out.text();
    said.err = err.text();
    in.text();
    return said;
}

}  // namespace batch::testing
