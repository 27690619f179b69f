#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

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

/// A piece of each line; what was cut is told behind the last.
std::vector<LogLine> lines_of(const LogLine& piece) {
    std::string_view text = piece.text;
    while (!text.empty() && text.back() == '\n') {
        text.remove_suffix(1);
    }
    std::vector<LogLine> lines;
    for (const std::string& line : split(text, '\n')) {
        lines.push_back(piece);
        lines.back().text = line;
        lines.back().cut_bytes = 0;
    }
    if (piece.cut_bytes > 0) {
        lines.push_back(piece);
        lines.back().text = fmt::format("... {} more were cut (items.log_size)",
                                        bytes_text(static_cast<std::uint64_t>(piece.cut_bytes)));
    }
    return lines;
}

/// Where the pieces go: lines of text, or records.
class Printer {
public:
    Printer(Context& context, const Options& options, const Batch& batch)
        : context_(context), options_(options), batch_(batch) {
        const Globals& globals = context.globals();
        const bool text = !globals.json && globals.fields.empty() &&
                          (globals.format.empty() || globals.format == "text");
        if (!text) {
            records_.emplace(context, "logs",
                             std::vector<Column>{{.field = "index"},
                                                 {.field = "attempt"},
                                                 {.field = "step"},
                                                 {.field = "at"},
                                                 {.field = "stream"},
                                                 {.field = "text", .clipped = true}},
                             log_fields());
        }
    }

    /// False once nobody reads.
    bool take(const LogLine& piece) {
        if (options_.attempt > 0 && piece.attempt != options_.attempt) {
            return true;
        }
        const auto pieces = records_ ? std::vector{piece} : lines_of(piece);
        return std::ranges::all_of(pieces, [this](const LogLine& each) { return hold(each); });
    }

    /// What was held back, because only the last lines are wanted.
    bool flush() {
        for (; !last_.empty() && print(last_.front()); last_.pop_front()) {
        }
        return (records_ ? records_->flush() : flush_out()) && last_.empty();
    }

    void finish() {
        flush();
        if (records_) {
            records_->finish();
        } else if (!printed_ && context_.err_is_terminal()) {
            note("nothing was written");
        }
    }

private:
    bool hold(const LogLine& piece) {
        if (options_.lines == 0) {
            return print(piece);
        }
        last_.push_back(piece);
        if (last_.size() > options_.lines) {
            last_.pop_front();
        }
        return true;
    }

    bool print(const LogLine& piece) {
        printed_ = true;
        if (records_) {
            return records_->add(log_shape(batch_, piece));
        }
        return put(fmt::format("{}:{} attempt {}  {}  {}| {}\n", short_id(batch_.id), piece.index,
                               piece.attempt, clock_of(piece.at, context_.globals().utc),
                               piece.stream, piece.text));
    }

    Context& context_;
    const Options& options_;
    const Batch& batch_;
    std::optional<Records> records_;
    std::deque<LogLine> last_;
    bool printed_ = false;
};

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

/// Until the batch has ended or nobody reads.
void follow(Context& context, const Named& named, std::int64_t after, Printer& printer) {
    Reading& reading = context.store().reading();
    for (bool over = false, alive = true; alive && !over;) {
        const auto batch = reading.batch(named.batch.no);
        over = !batch || is_final(batch->status);
        reading.new_logs(named.batch.no, {.ranges = named.items, .after = after},
                         [&](const LogLine& piece) {
                             after = piece.no;
                             return alive = printer.take(piece);
                         });
        alive = alive && printer.flush() && !is_out_closed();
        if (alive && !over) {
            std::this_thread::sleep_for(look_every);
        }
    }
}

int run(const Options& options, Context& context) {
    if (options.daemon) {
        return print_daemon_log(options, context);
    }
    if (options.batch.empty()) {
        throw Error(ErrorKind::usage, "no batch: logs of what",
                    "the latest one: batchctl logs @last");
    }
    const Named named = find_batch(context, options.batch, Items::allowed);
    check_items(named);
    Printer printer(context, options, named.batch);
    Reading& reading = context.store().reading();
    const std::int64_t last = reading.last_log();
    bool alive = true;
    reading.logs(named.batch.no, {.ranges = named.items}, [&](const LogLine& piece) {
        // What is written meanwhile is read afterwards.
        return alive = (options.follow && piece.no > last) || printer.take(piece);
    });
    alive = alive && printer.flush();
    if (alive && options.follow && !is_final(named.batch.status)) {
        warn_if_nobody_works(context, named.batch);
        follow(context, named, last, printer);
    }
    printer.finish();
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batch, "Batch, or some of its items");
    arguments.flag("-f,--follow", options->follow, "Go on while the batch runs");
    arguments.option("--attempt N", options->attempt, "Only this attempt").from(1);
    arguments.option("--lines N", options->lines, "Only the last N lines").from(1);
    arguments.flag("--daemon", options->daemon, "The log of a batchd that batchctl started");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command logs_command;
constinit const Command logs_command{
    .name = "logs", .summary = "What plugins and commands wrote.", .help = help, .setup = setup};

}  // namespace batch::cli
