#include "cli/submit/options.hpp"

#include "cli/arguments.hpp"

namespace batch::cli {
namespace {

void add_rows(Arguments& arguments, SubmitOptions& options) {
    arguments.option("ROWS", options.operands,
                     "File of rows, or - for standard input; or JOB.toml [ROWS]");
    arguments.start_group("Rows");
    arguments.option("--rows-format F", options.rows_format,
                     "csv, tsv, ndjson, json or lines (by the name)");
    arguments.flag("--args", options.args, "The operands themselves are the items");
    arguments.flag("--allow-empty", options.allow_empty, "No rows make a batch that is done");
}

void add_steps(Arguments& arguments, SubmitOptions& options) {
    arguments.start_group("Steps");
    arguments.option("-t,--template T", options.template_name,
                     "Render a file or a stored NAME[@VERSION]");
    arguments.option("--engine E", options.engine, "Plugin that renders (by the template's name)");
    arguments.option("--to F[:K=V,...]", options.to,
                     "Build pdf, html or txt from it; pdf:paper=A5");
    arguments.option("--step P[:K=V,...]", options.steps,
                     "Run a plugin, NAME[:K=V,...]; can be repeated");
    arguments.flag("--allow-dash", options.allow_dash,
                   "A value that begins with - may stand as a word");
}

void add_outputs(Arguments& arguments, SubmitOptions& options) {
    arguments.start_group("Outputs");
    arguments.option("-d,--deliver TO", options.deliver,
                     "Folder, or drive:ID, for the outputs; can be repeated");
    arguments.option("--account N", options.account, "Login that delivers to Drive");
    arguments.option("-o,--output-name N", options.output_name,
                     "Name of each output, such as '{class}/{name}'");
    arguments.option("--on-collision P", options.on_collision, "error, suffix or overwrite (error)")
        .choices({"error", "suffix", "overwrite"});
    arguments
        .option("--stdout S", options.standard_output,
                "What a command prints is text, json or none (text)")
        .choices({"text", "json", "none"});
}

void add_trying(Arguments& arguments, SubmitOptions& options) {
    arguments.start_group("Trying");
    arguments.option("--retries N", options.retries, "After a failure (2; 0 with a COMMAND)")
        .between(0, 1000);
    arguments.option("--backoff MIN..MAX", options.backoff,
                     "Wait between tries, MIN..MAX (1s..1m)");
    arguments.option("--item-timeout D", options.item_timeout, "For one attempt at one item (10m)");
    arguments.option("--retry-on N,...", options.retry_on, "Exit codes that are tried again")
        .split_at_commas();
    arguments.option("--no-retry-on N,...", options.no_retry_on, "Exit codes that are not")
        .split_at_commas();
    arguments
        .option("--success-codes N,...", options.success_codes, "Exit codes that are success (0)")
        .split_at_commas();
    arguments.option("-j,--concurrency N", options.concurrency, "Workers at once (number of cores)")
        .between(1, 10000);
}

void add_batch(Arguments& arguments, SubmitOptions& options) {
    arguments.start_group("Batch");
    arguments.option("--key K", options.key, "Same key, same content: the same batch again");
    arguments.option("--name N", options.name, "Name (of the file of rows, or the command)");
    arguments.option("--label K=V", options.labels, "K=V; can be repeated");
    arguments.option("--env N=V", options.env, "N=V for the command; stored, so no secrets");
    arguments.option("--chdir DIR", options.chdir, "Where the command runs (here)");
    arguments.flag("--hold", options.hold, "Store it paused; resume lets it go");
    arguments
        .option("--priority P", options.priority, "high, normal or low: whose turn it is (normal)")
        .choices({"high", "normal", "low"});
    arguments.flag("--require-queue", options.require_queue,
                   "Exit 5 if the queue does not confirm; it is stored all the same");
}

void add_waiting(Arguments& arguments, SubmitOptions& options) {
    arguments.start_group("Waiting");
    arguments.flag("--wait", options.wait, "Wait for the end, exit with the verdict");
    arguments.flag("--start", options.start, "Start batchd meanwhile, if none is running");
    arguments.option("--timeout D", options.timeout, "Stop waiting (exit 8); the batch goes on");
    arguments
        .option("--on-interrupt W", options.on_interrupt,
                "On Ctrl-C: keep or cancel the batch (keep)")
        .choices({"keep", "cancel"});
    arguments.flag("-n,--dry-run", options.dry_run, "Check everything, store nothing");
}

}  // namespace

void add_submit_options(Arguments& arguments, SubmitOptions& options) {
    add_rows(arguments, options);
    add_steps(arguments, options);
    add_outputs(arguments, options);
    add_trying(arguments, options);
    add_batch(arguments, options);
    add_waiting(arguments, options);
}

}  // namespace batch::cli
