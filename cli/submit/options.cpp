#include "cli/submit/options.hpp"

#include <CLI/CLI.hpp>

namespace batch::cli {
namespace {

void add_rows(CLI::App& app, SubmitOptions& options) {
    app.add_option("ROWS", options.operands,
                   "File of rows, or - for standard input; or JOB.toml [ROWS]");
    app.add_option("--rows-format", options.rows_format,
                   "csv, tsv, ndjson, json or lines (by the name)")
        ->option_text("F")
        ->group("Rows");
    app.add_flag("--args", options.args, "The operands themselves are the items")->group("Rows");
    app.add_flag("--allow-empty", options.allow_empty, "No rows make a batch that is done")
        ->group("Rows");
}

void add_steps(CLI::App& app, SubmitOptions& options) {
    app.add_option("-t,--template", options.template_name,
                   "Render a file or a stored NAME[@VERSION]")
        ->option_text("T")
        ->group("Steps");
    app.add_option("--engine", options.engine, "Plugin that renders (by the template's name)")
        ->option_text("E")
        ->group("Steps");
    app.add_option("--to", options.to, "Build pdf, html or txt from it; pdf:paper=A5")
        ->option_text("F[:K=V,...]")
        ->group("Steps");
    app.add_option("--step", options.steps, "Run a plugin, NAME[:K=V,...]; can be repeated")
        ->allow_extra_args(false)
        ->option_text("P[:K=V,...]")
        ->group("Steps");
    app.add_flag("--allow-dash", options.allow_dash,
                 "A value that begins with - may stand as a word")
        ->group("Steps");
}

void add_outputs(CLI::App& app, SubmitOptions& options) {
    app.add_option("-d,--deliver", options.deliver, "Folder for the outputs; can be repeated")
        ->allow_extra_args(false)
        ->option_text("DIR")
        ->group("Outputs");
    app.add_option("-o,--output-name", options.output_name,
                   "Name of each output, such as '{class}/{name}'")
        ->option_text("N")
        ->group("Outputs");
    app.add_option("--on-collision", options.on_collision, "error, suffix or overwrite (error)")
        ->check(CLI::IsMember({"error", "suffix", "overwrite"}))
        ->option_text("P")
        ->group("Outputs");
    app.add_option("--stdout", options.standard_output,
                   "What a command prints is text, json or none (text)")
        ->check(CLI::IsMember({"text", "json", "none"}))
        ->option_text("S")
        ->group("Outputs");
}

void add_trying(CLI::App& app, SubmitOptions& options) {
    const auto group = "Trying";
    app.add_option("--retries", options.retries, "After a failure (2; 0 with a COMMAND)")
        ->check(CLI::Range(0, 1000))
        ->option_text("N")
        ->group(group);
    app.add_option("--backoff", options.backoff, "Wait between tries, MIN..MAX (1s..1m)")
        ->option_text("MIN..MAX")
        ->group(group);
    app.add_option("--item-timeout", options.item_timeout, "For one attempt at one item (10m)")
        ->option_text("D")
        ->group(group);
    app.add_option("--retry-on", options.retry_on, "Exit codes that are tried again")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->option_text("N,...")
        ->group(group);
    app.add_option("--no-retry-on", options.no_retry_on, "Exit codes that are not")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->option_text("N,...")
        ->group(group);
    app.add_option("--success-codes", options.success_codes, "Exit codes that are success (0)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->option_text("N,...")
        ->group(group);
    app.add_option("-j,--concurrency", options.concurrency, "Workers at once (number of cores)")
        ->check(CLI::Range(1, 10000))
        ->option_text("N")
        ->group(group);
}

void add_batch(CLI::App& app, SubmitOptions& options) {
    const auto group = "Batch";
    app.add_option("--key", options.key, "Same key, same content: the same batch again")
        ->option_text("K")
        ->group(group);
    app.add_option("--name", options.name, "Name (of the file of rows, or the command)")
        ->option_text("N")
        ->group(group);
    app.add_option("--label", options.labels, "K=V; can be repeated")
        ->allow_extra_args(false)
        ->option_text("K=V")
        ->group(group);
    app.add_option("--env", options.env, "N=V for the command; stored, so no secrets")
        ->allow_extra_args(false)
        ->option_text("N=V")
        ->group(group);
    app.add_option("--chdir", options.chdir, "Where the command runs (here)")
        ->option_text("DIR")
        ->group(group);
    app.add_flag("--hold", options.hold, "Store it paused; resume lets it go")->group(group);
}

void add_waiting(CLI::App& app, SubmitOptions& options) {
    const auto group = "Waiting";
    app.add_flag("--wait", options.wait, "Wait for the end, exit with the verdict")->group(group);
    app.add_flag("--start", options.start, "Start batchd meanwhile, if none is running")
        ->group(group);
    app.add_option("--timeout", options.timeout, "Stop waiting (exit 8); the batch goes on")
        ->option_text("D")
        ->group(group);
    app.add_option("--on-interrupt", options.on_interrupt,
                   "On Ctrl-C: keep or cancel the batch (keep)")
        ->check(CLI::IsMember({"keep", "cancel"}))
        ->option_text("W")
        ->group(group);
    app.add_flag("-n,--dry-run", options.dry_run, "Check everything, store nothing")->group(group);
}

}  // namespace

void add_submit_options(CLI::App& app, SubmitOptions& options) {
    add_rows(app, options);
    add_steps(app, options);
    add_outputs(app, options);
    add_trying(app, options);
    add_batch(app, options);
    add_waiting(app, options);
}

}  // namespace batch::cli
