#include "tests/cli/house.hpp"

#include "cli/dispatch.hpp"
#include "cli/report.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tree.hpp"
#include <fcntl.h>
#include <unistd.h>

namespace batch::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::array unset{"XDG_CONFIG_HOME",  "XDG_STATE_HOME", "XDG_CONFIG_DIRS", "BATCH_CONFIG",
                           "BATCH_STATE_PATH", "NO_COLOR",       "CLICOLOR_FORCE",  "FORCE_COLOR"};

/// A file in the place of a standard descriptor for a while.
class Redirected {
public:
    Redirected(int fd, const fs::path& path, int flags) : fd_(fd), saved_(::dup(fd)) {
        std::fflush(nullptr);  // what the runner has said is not the program's
        const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
        ::dup2(file, fd);
        ::close(file);
    }

    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;

    ~Redirected() {
        std::fflush(nullptr);
        ::dup2(saved_, fd_);
        ::close(saved_);
    }

private:
    int fd_;
    int saved_;
};

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

House::House() : before_(fs::current_path()) {
    for (const char* const name : unset) {
        ::unsetenv(name);
    }
    ::setenv("HOME", folder_.path().c_str(), 1);
    ::setenv("XDG_DATA_HOME", BATCH_BINARY_DIR "/tests/data", 1);
    ::setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    ::setenv("LANG", "C.UTF-8", 1);
    ::setenv("TZ", "UTC", 1);
    fs::current_path(folder_.path());
}

House::~House() {
    fs::current_path(before_);
}

void House::write(const std::string& name, const std::string& text) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

void House::write_program(const std::string& name, const std::string& text) const {
    write(name, text);
    fs::permissions(folder_ / name, fs::perms::owner_all);
}

std::string House::read(const std::string& name) const {
    return text_of(folder_ / name);
}

Said House::ctl(const std::vector<std::string>& words, const std::string& input) const {
    const TempFolder streams;
    std::ofstream(streams / "in", std::ios::binary) << input;
    Said said;
    {
        const Redirected in(STDIN_FILENO, streams / "in", O_RDONLY);
        const Redirected out(STDOUT_FILENO, streams / "out", O_WRONLY | O_CREAT);
        const Redirected err(STDERR_FILENO, streams / "err", O_WRONLY | O_CREAT);
        said.code = run_words(words);
    }
    said.out = text_of(streams / "out");
    said.err = text_of(streams / "err");
    return said;
}

std::unique_ptr<Store> House::store() const {
    return open_store(folder_ / ".local/state/batch/state.db", OpenMode::read_or_create);
}

std::vector<Batch> House::batches() const {
    if (!fs::exists(folder_ / ".local/state/batch/state.db")) {
        return {};
    }
    return store()->reading().batches({});
}

Batch House::batch() const {
    return batches().at(0);
}

void House::write_students(const std::vector<std::string>& rows) const {
    std::string text = "name,class,points\n";
    for (const std::string& row : rows) {
        text += row + "\n";
    }
    write("students.csv", text);
}

int run_words(const std::vector<std::string>& words) {
    std::vector<std::string> all{"batchctl"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& each : all) {
        argv.push_back(each.data());
    }
    argv.push_back(nullptr);
    cli::set_report_style({});
    return cli::dispatch(static_cast<int>(all.size()), argv.data());
}

std::string error_text(const std::string& message, const std::string& hint) {
    return "batchctl: error: " + message + "\n" + (hint.empty() ? "" : "hint: " + hint + "\n");
}

}  // namespace batch::testing
