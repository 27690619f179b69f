#include "cli/context.hpp"

#include "cli/auth_commands.hpp"
#include "cli/queue/server.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

namespace batch::cli {

Context::Context(Globals globals, std::vector<std::string> command)
    : globals_(std::move(globals)),
      command_(std::move(command)),
      out_terminal_(is_terminal(STDOUT_FILENO)),
      err_terminal_(is_terminal(STDERR_FILENO)),
      in_terminal_(is_terminal(STDIN_FILENO)) {}

Context::~Context() = default;

AuthCommands& Context::auth() const {
    if (auth_ == nullptr) {
        become_auth(globals_.typed);
    }
    return *auth_;
}

const Config& Context::config() {
    const bool is_new = !config_;
    for (const std::string& warning : quiet_config().warnings) {
        if (is_new) {
            warn(warning);
        }
    }
    return *config_;
}

const Config& Context::quiet_config() {
    if (!config_) {
        config_ = load_config(globals_.system ? Mode::system : Mode::user, globals_.config,
                              globals_.state);
    }
    return *config_;
}

StatePaths Context::paths() {
    return {settings().state.path};
}

Store& Context::store() {
    if (!store_) {
        store_ = open_state();
        if (store_->may_be_stale() && mode_ != OpenMode::look) {
            warn(
                fmt::format("{} cannot be opened for writing, nor its log for reading: what is "
                            "shown may be old",
                            show(paths().state)));
        }
    }
    return *store_;
}

Publisher& Context::publisher() {
    if (!publisher_) {
        publisher_ = queue_backend(settings().queue.url).publisher(queue_place(*this));
    }
    return *publisher_;
}

void Context::hang_up() {
    publisher_.reset();
}

Store& Context::store_to_change(std::string_view otherwise) {
    if (!store_) {
        store_ = open_state();
    }
    try {
        store_->require_writable();
    } catch (const Error& error) {
        throw Error(error.kind(), fmt::format("{}; {}", error.what(), otherwise), error.hint())
            .with_code(std::string(error.code()));
    }
    return *store_;
}

// A name that is mistyped must not make a file. The usual place is looked at by everybody first.
void Context::refuse_to_make_state() {
    if (mode_ == OpenMode::look || globals_.makes_state || !globals_.state) {
        return;
    }
    if (::access(paths().state.c_str(), F_OK) != 0 && errno == ENOENT) {
        throw Error(ErrorKind::not_found,
                    fmt::format("there is no state file {}", show(paths().state)),
                    "the usual one is found without --state");
    }
}

std::unique_ptr<Store> Context::open_state() {
    refuse_to_make_state();
    try {
        return open_store(paths().state, mode_, [](const std::string& news) { note(news); });
    } catch (const Error& error) {
        if (error.code() != "state_older") {
            throw;
        }
        // Only here is known how a batchd is started.
        throw Error(error.kind(), error.what(),
                    "restart the daemon, it migrates and keeps a copy: " + restart_command(*this))
            .with_code("state_older");
    }
}

bool Context::may_color(bool terminal) const noexcept {
    if (globals_.color != Color::automatic) {
        return globals_.color == Color::always;
    }
    const auto is_set = [](const char* name) {
        const char* const value = std::getenv(name);
        return value != nullptr && *value != '\0' && std::string_view(value) != "0";
    };
    if (is_set("NO_COLOR")) {
        return false;
    }
    if (is_set("CLICOLOR_FORCE") || is_set("FORCE_COLOR")) {
        return true;
    }
    const char* const term = std::getenv("TERM");
    return terminal && (term == nullptr || std::string_view(term) != "dumb");
}

bool Context::colors_out() const noexcept {
    return may_color(out_terminal_);
}

bool Context::colors_err() const noexcept {
    return may_color(err_terminal_);
}

std::uint32_t Context::uid() const noexcept {
    return ::getuid();
}

std::string Context::show(const std::filesystem::path& path) {
    return shorten_home(path, config().folders.home);
}

bool Context::confirm(const std::string& question, const std::string& what,
                      const std::string& hint) {
    if (globals_.yes) {
        return true;
    }
    if (globals_.no_input || !in_terminal_ || !err_terminal_) {
        throw Error(ErrorKind::usage, what + ", and there is no terminal to ask",
                    "if it is meant: " + hint);
    }
    put_err(printable(question) + " [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace batch::cli
