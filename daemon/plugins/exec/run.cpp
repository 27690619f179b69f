#include "daemon/plugins/exec/run.hpp"

#include "core/base/error.hpp"
#include "core/os/escaped.hpp"
#include "core/plugin/frames.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace batch::exec {

using namespace std::chrono_literals;

namespace {

/// What a command left running may still write, as in `sh -c 'a | tee >(gzip > b)'`.
constexpr auto grace_after_exit = 500ms;
constexpr auto grace_after_term = 5s;

constexpr std::size_t longest_inline = std::size_t{64} << 10;  // cli.md D18: longer is a file

/// The worker's mark is passed on: batchd finds by it what has left our process group.
constexpr std::array inherited{"PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "BATCH_WORKER"};

std::vector<std::string> environment_of(const Task& task) {
    std::vector<std::string> env{"BATCH_ID=" + task.batch,
                                 "BATCH_ITEM_INDEX=" + task.index,
                                 "BATCH_ITEM_KEY=" + task.key,
                                 "BATCH_ITEM_ATTEMPT=" + task.attempt,
                                 "BATCH_INPUT_FILE=" + task.input_file,
                                 "BATCH_OUTPUT_DIR=" + task.folder.native()};
    // The first of two with one name is the one that getenv(3) finds.
    env.insert(env.begin(), task.options.env.begin(), task.options.env.end());
    for (const char* name : inherited) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
        if (value != nullptr) {
            env.push_back(std::string{name} + '=' + value);
        }
    }
    return env;
}

void check_words(const std::vector<std::string>& command) {
    for (const std::string& word : command) {
        if (word.find('\0') != std::string::npos) {
            throw Error(ErrorKind::bad_input, "an argument of the command contains a NUL byte");
        }
    }
}

Child start(const Task& task, int in, int out, int err) {
    check_words(task.options.command);
    Command command{.argv = task.options.command,
                    .env = environment_of(task),
                    .in = in,
                    .out = out,
                    .err = err,
                    .group = Group::same};
    if (!task.options.chdir.empty()) {
        command.directory = task.options.chdir;
    }
    return Child::spawn(command);
}

OutputKeeper output_of(const Task& task) {
    if (task.options.keep == Keep::json || task.folder.empty()) {
        return {{.in_memory = longest_text, .most = longest_text}, {}};
    }
    return {{.in_memory = longest_inline, .most = task.options.output_size}, task.folder};
}

/// `ours` does not block; the other end is for a command, which may not expect such a thing.
Pipe pipe_for_child(Fd Pipe::*theirs) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        throw system_error("make a pipe", errno);
    }
    Pipe pipe{.read = Fd{ends[0]}, .write = Fd{ends[1]}};
    ::fcntl((pipe.*theirs).get(), F_SETFL, 0);
    return pipe;
}

void signal_all(int number) {
    for (const pid_t pid : descendants()) {
        ::kill(pid, number);
    }
}

/// Hands over what is there now and says whether there was something; closes it at its end.
template <typename Take>
bool read_some(Fd& fd, Take&& take) {
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): hot path
    const ssize_t count = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
    if (count > 0) {
        take(std::string_view{buffer.data(), static_cast<std::size_t>(count)});
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        fd = Fd{};
    }
    return count > 0;
}

}  // namespace

Run::Run(Task task)
    : Run{std::move(task), Pipes{.in = pipe_for_child(&Pipe::read),
                                 .out = pipe_for_child(&Pipe::write),
                                 .err = pipe_for_child(&Pipe::write)}} {}

Run::Run(Task task, Pipes pipes)
    : task_{std::move(task)},
      child_{start(task_, pipes.in.read.get(), pipes.out.write.get(), pipes.err.write.get())},
      in_{std::move(pipes.in.write)},
      out_{std::move(pipes.out.read)},
      err_{std::move(pipes.err.read)},
      output_{output_of(task_)},
      out_log_{task_.options.log_size},
      err_log_{task_.options.log_size} {
    feed();
}

void Run::watch(std::vector<pollfd>& fds) const {
    fds.push_back({.fd = in_.get(), .events = POLLOUT, .revents = 0});
    fds.push_back({.fd = out_.get(), .events = POLLIN, .revents = 0});
    fds.push_back({.fd = err_.get(), .events = POLLIN, .revents = 0});
    fds.push_back({.fd = exit_ ? -1 : child_.poll_fd(), .events = POLLIN, .revents = 0});
}

void Run::handle(std::span<const pollfd> fds) {
    if (fds[0].revents != 0) {
        feed();
    }
    if (fds[1].revents != 0) {
        read_out();
    }
    if (fds[2].revents != 0) {
        read_err();
    }
    if (fds[3].revents != 0) {
        exit_ = child_.wait();
        in_ = Fd{};
        deadline_ = BootClock::now() + grace_after_exit;
    }
    if (exit_) {
        after_exit();
    } else if (deadline_ && BootClock::now() >= *deadline_) {
        signal_all(SIGKILL);
        deadline_.reset();
    }
}

void Run::stop() {
    if (stopped_ || exit_) {
        return;
    }
    stopped_ = true;
    signal_all(SIGTERM);
    deadline_ = BootClock::now() + grace_after_term;
}

void Run::feed() {
    while (in_ && fed_ < task_.input.size()) {
        const ssize_t count =
            ::write(in_.get(), task_.input.data() + fed_, task_.input.size() - fed_);
        if (count < 0 && errno == EAGAIN) {
            return;
        }
        // Anything else means that the command does not want it: main() ignores SIGPIPE.
        fed_ = count < 0 ? task_.input.size() : fed_ + static_cast<std::size_t>(count);
    }
    in_ = Fd{};
}

bool Run::read_out() {
    return read_some(out_, [this](std::string_view bytes) {
        out_log_.add(bytes);
        if (task_.options.keep != Keep::none) {
            output_.add(bytes);
        }
        if (output_.too_long()) {
            stop();
        }
    });
}

bool Run::read_err() {
    return read_some(err_, [this](std::string_view bytes) { err_log_.add(bytes); });
}

/// Once both pipes have ended, or the grace is over, what it left running is killed: the item's
/// folder must not change any more.
void Run::after_exit() {
    if ((out_ || err_) && BootClock::now() < *deadline_) {
        return;
    }
    kill_descendants();
    while (read_out()) {
    }
    while (read_err()) {
    }
    out_ = Fd{};  // should somebody else hold the other end, it does not matter any more
    err_ = Fd{};
    deadline_.reset();
    finished_ = true;
}

}  // namespace batch::exec
