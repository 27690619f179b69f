#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 200ms;

struct Options {
    std::string batch;
    bool follow = false;
    bool daemon = false;
    int attempt = 0;
    std::size_t lines = 0;
};

constexpr auto help = R"(Usage: batchctl logs BATCH[:ITEMS] [OPTIONS]
       batchctl logs --daemon [--lines N]

  -f, --follow     go on while the batch runs
  --attempt N      only what the Nth attempt wrote
  --lines N        only the last N lines
  --daemon         what a batchd that batchctl started has logged

Each line says item, attempt, time and stream: err|, out|, log|.

Example:
  batchctl logs @last:3

see batchctl-logs(1)
)";

std::string clock_of(TimePoint at, bool utc) {
    const std::string full = calendar(at, utc ? Zone::utc : Zone::local);
    return full.substr(full.find(' ') + 1);
}

/// Prints one piece line by line; false once nobody reads.
bool print_text(Context& context, const Batch& batch, const LogLine& piece) {
    const std::string lead =
        fmt::format("{}:{} attempt {}  {}  {}| ", short_id(batch.id), piece.index, piece.attempt,
                    clock_of(piece.at, context.globals().utc), piece.stream);
    std::string_view text = piece.text;
    while (!text.empty() && text.back() == '\n') {
        text.remove_suffix(1);
    }
    for (const std::string& line : split(text, '\n')) {
        if (!put(lead + (context.out_is_terminal() ? printable(line) : line) + "\n")) {
            return false;
        }
    }
    if (piece.cut_bytes > 0) {
        return put(fmt::format("{}... {} more were cut (items.log_size)\n", lead,
                               bytes_text(static_cast<std::uint64_t>(piece.cut_bytes))));
    }
    return true;
}

int print_daemon_log(const Options& options, Context& context) {
    const std::filesystem::path path = context.paths().log();
    std::ifstream file(path);
    if (!file) {
        throw Error(ErrorKind::not_found,
                    "no batchd that batchctl started has written a log: " + context.show(path),
                    "that of a service: journalctl --user -u batchd");
    }
    std::deque<std::string> last;
    for (std::string line; std::getline(file, line);) {
        last.push_back(std::move(line));
        if (options.lines > 0 && last.size() > options.lines) {
            last.pop_front();
        }
    }
    for (const std::string& line : last) {
        if (!put(line + "\n")) {
            break;
        }
    }
    return 0;
}

/// Reads what is there; returns how many pieces there were, so that following can skip them.
class Reader {
public:
    Reader(Context& context, const Options& options, const Named& named)
        : context_(context), options_(options), named_(named) {}

    /// False once nobody reads.
    bool read() {
        std::size_t at = 0;
        bool alive = true;
        std::deque<LogLine> last;
        context_.store().reading().logs(
            named_.batch.no, {.ranges = named_.items}, [&](const LogLine& piece) {
                if (at++ < seen_ || (options_.attempt > 0 && piece.attempt != options_.attempt)) {
                    return true;
                }
                if (options_.lines == 0) {
                    return alive = print(piece);
                }
                last.push_back(piece);
                if (last.size() > options_.lines) {
                    last.pop_front();
                }
                return true;
            });
        for (const LogLine& piece : last) {
            alive = alive && print(piece);
        }
        seen_ = std::max(seen_, at);
        std::fflush(stdout);
        return alive;
    }

private:
    bool print(const LogLine& piece) {
        const Globals& globals = context_.globals();
        if (globals.json || globals.format == "ndjson") {
            return put(dump(log_shape(named_.batch, piece)) + "\n");
        }
        return print_text(context_, named_.batch, piece);
    }

    Context& context_;
    const Options& options_;
    const Named& named_;
    std::size_t seen_ = 0;
};

int run(const Options& options, Context& context) {
    if (options.daemon) {
        return print_daemon_log(options, context);
    }
    if (options.batch.empty()) {
        throw Error(ErrorKind::usage, "no batch: logs of what",
                    "the latest one: batchctl logs @last");
    }
    const Named named = find_batch(context, options.batch, Items::allowed);
    Reader reader(context, options, named);
    bool over = is_final(named.batch.status) || !options.follow;
    while (reader.read() && !over) {
        std::this_thread::sleep_for(look_every);
        const auto batch = context.store().reading().batch(named.batch.no);
        over = !batch || is_final(batch->status);
        if (over) {
            reader.read();
        }
    }
    return 0;
}

Action setup(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("BATCH", options->batch, "Batch, or some of its items");
    app.add_flag("-f,--follow", options->follow, "Go on while the batch runs");
    app.add_option("--attempt", options->attempt, "Only this attempt")->check(CLI::PositiveNumber);
    app.add_option("--lines", options->lines, "Only the last so many pieces")
        ->check(CLI::PositiveNumber);
    app.add_flag("--daemon", options->daemon, "The log of a batchd that batchctl started");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command logs_command;
constinit const Command logs_command{
    .name = "logs", .summary = "What plugins and commands wrote.", .help = help, .setup = setup};

}  // namespace batch::cli
