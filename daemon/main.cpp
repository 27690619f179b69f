#include "core/base/error.hpp"
#include "core/config/config.hpp"
#include "core/os/process.hpp"
#include "core/os/signals.hpp"
#include "daemon/daemon.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <optional>
#include <string>

namespace {

using namespace batch;

struct Options {
    bool drain = false;
    bool check = false;
    bool system = false;
    std::optional<std::string> state;
    std::optional<std::string> config;
    std::optional<std::string> log_format;
};

void add_options(CLI::App& app, Options& options) {
    app.set_help_all_flag("--help-all", "The same: batchd has no commands");
    app.set_version_flag("--version", std::string("batchd ") + BATCH_VERSION);
    app.add_flag("--drain", options.drain, "Work off what there is, then leave");
    app.add_flag("--check", options.check,
                 "Check the configuration and the state file, then leave");
    app.add_option("--log-format", options.log_format, "human, json or journal (by the terminal)")
        ->check(CLI::IsMember({"human", "json", "journal"}));
    app.add_option("--state", options.state, "State file");
    app.add_option("--config", options.config, "Configuration file, instead of all others");
    app.add_flag("--system", options.system, "The service's own files");
}

int report(const Error& error) {
    if (const auto& place = error.place()) {
        fmt::print(stderr, "{}:{}:{}: error: {}\n", place->file, place->line, place->column,
                   error.what());
    } else {
        fmt::print(stderr, "batchd: error: {}\n", error.what());
    }
    if (!error.hint().empty()) {
        fmt::print(stderr, "hint: {}\n", error.hint());
    }
    return exit_status(error.kind());
}

int start(const Options& options) {
    return run_daemon({.mode = options.system ? Mode::system : Mode::user,
                       .state = options.state,
                       .config = options.config,
                       .log_format = options.log_format,
                       .leave = options.drain ? Leave::when_drained : Leave::on_signal,
                       .only_check = options.check});
}

}  // namespace

int main(int argc, char** argv) {
    block_all_signals();
    keep_inherited_descriptors();
    CLI::App app("Works off the batches of a state file", "batchd");
    Options options;
    add_options(app, options);
    try {
        app.parse(argc, argv);
        return start(options);
    } catch (const CLI::ParseError& error) {
        const int status = app.exit(error);
        return status == 0 ? 0 : exit_status(ErrorKind::usage);
    } catch (const Error& error) {
        return report(error);
    } catch (const std::exception& error) {
        return report(Error(ErrorKind::internal, error.what()));
    }
}
