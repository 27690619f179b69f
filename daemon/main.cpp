#include "core/base/error.hpp"
#include "core/base/place.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"
#include "core/os/signals.hpp"
#include "daemon/daemon.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace batch;

constexpr auto help = R"(Work off the batches of a state file, until TERM. Logs to standard error.

Usage: batchd [OPTIONS]

       --drain           leave when nothing is left to do
       --check           check configuration and state file, change nothing
       --log-format F    auto, human, json or journal (auto: by the terminal)
       --state PATH      state file
       --config FILE     configuration file, instead of all others
       --system          work on the service's own files
       -h, --help, --help-all  this help
       --version         the version

TERM, INT  finish the work in hand, then leave; a second one leaves at once
HUP        read the configuration again

Examples:
  batchd
  batchd --drain --state ./state.db

see batchd(8)
)";

constexpr auto see_help = "see: batchd --help";

constexpr std::array<std::string_view, 8> options{
    "--drain", "--check", "--log-format", "--state", "--config", "--system", "--help", "--version"};

/// What is to be done, and the words that the options had.
struct Call {
    DaemonRequest request;
    bool help = false;
    bool version = false;
    bool drain = false;
    bool system = false;
};

void add_options(CLI::App& app, Call& call) {
    app.set_help_flag();
    app.add_flag("-h,--help,--help-all", call.help);
    app.add_flag("--version", call.version);
    app.add_flag("--drain", call.drain);
    app.add_flag("--check", call.request.only_check);
    app.add_option("--log-format", call.request.log_format);
    app.add_option("--state", call.request.state);
    app.add_option("--config", call.request.config);
    app.add_flag("--system", call.system);
}

Error unknown(const std::string& word) {
    if (!word.starts_with("-")) {
        return {ErrorKind::usage, fmt::format("\"{}\" is one word too many", word), see_help};
    }
    const auto near = closest(word.substr(0, word.find('=')), options);
    return {ErrorKind::usage, fmt::format("batchd has no option \"{}\"", word),
            near ? "did you mean: " + *near : see_help};
}

Call read_call(std::vector<std::string> words) {
    CLI::App app("", "batchd");
    Call call;
    add_options(app, call);
    app.allow_extras();
    try {
        std::ranges::reverse(words);
        app.parse(words);
    } catch (const CLI::ParseError& error) {
        const std::string text = error.what();
        const auto missing = text.find(": 1 required ");
        throw Error(
            ErrorKind::usage,
            missing == std::string::npos ? text : text.substr(0, missing) + " needs a value",
            see_help);
    }
    if (const auto extras = app.remaining(); !extras.empty()) {
        throw unknown(extras.front());
    }
    call.request.mode = call.system ? Mode::system : Mode::user;
    call.request.leave = call.drain ? Leave::when_drained : Leave::on_signal;
    return call;
}

void print(const Error& error) {
    for (const Error& each : error.details()) {
        print(each);
    }
    const auto& place = error.place();
    fmt::print(stderr, "{}: error: {}\n", place ? place_text(*place) : "batchd", error.what());
    if (!error.hint().empty()) {
        fmt::print(stderr, "hint: {}\n", error.hint());
    }
}

int report(const Error& error) {
    print(error);
    return exit_status(error.kind());
}

int run(const std::vector<std::string>& words) {
    const Call call = read_call(words);
    if (call.help) {
        fmt::print("{}", help);
        return 0;
    }
    if (call.version) {
        fmt::print("batchd {}\n", BATCH_VERSION);
        return 0;
    }
    return run_daemon(call.request);
}

}  // namespace

int main(int argc, char** argv) {
    open_standard_descriptors();
    block_all_signals();
    keep_inherited_descriptors();
    try {
        return run({argv + 1, argv + argc});
    } catch (const Error& error) {
        return report(error);
    } catch (const std::bad_alloc&) {
        return report(Error(ErrorKind::internal, "out of memory"));
    } catch (const std::exception& error) {
        return report(Error(ErrorKind::internal, error.what()));
    }
}
