#include "cli/submit/submit.hpp"

#include "cli/command.hpp"

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl submit ROWS [OPTIONS] [-- COMMAND ARG...]
       batchctl submit JOB.toml [ROWS] [OPTIONS]

Rows     ROWS                  a file, or - : csv tsv ndjson json txt
         --rows-format F       csv tsv ndjson json lines, if the name is silent
         --args                the operands themselves are the items
Steps    -t, --template T      render a file or a stored NAME[@VERSION]
         --to F[:K=V,...]      build pdf, html or txt from it
         --step P[:K=V,...]    run a plugin (can be repeated)
         -- COMMAND ARG...     run a command, no shell; the row is on its stdin
Outputs  -d, --deliver TO      folder or drive:ID (can be repeated)
         -o, --output-name N   name of each output, such as '{class}/{name}'
         --on-collision P      error, suffix or overwrite (error)
         --stdout S            what a command prints is text, json, none (text)
Trying   --retries N           after a failure (2; 0 with a COMMAND)
         --backoff MIN..MAX    wait between (1s..1m)
         --item-timeout D      for one attempt at one item (10m)
         -j, --concurrency N   workers at once (number of cores)
Batch    --key K               same key, same content: the same batch again
         --name N  --label K=V  --hold  --allow-empty
Waiting  --wait                wait for the end, exit with the verdict
         --start               start batchd meanwhile, if none is running
         --timeout D           stop waiting (exit 8); the batch goes on
         -n, --dry-run         check everything, store nothing

Placeholders: {column}  {} the item  {@index} {@line} {@file} {@out}
              {path:stem} :base :dir :slug    \{ is a brace

Examples:
  batchctl submit students.csv -t card.html --to pdf -d ./cards -o '{name}'
  batchctl submit urls.txt --retries 3 --item-timeout 10s -- curl -sSfO {}

The rest: --help-all, man batchctl-submit
)";

Action setup(Arguments& arguments) {
    auto options = std::make_shared<SubmitOptions>();
    add_submit_options(arguments, *options);
    return [options](Context& context) { return submit(context, *options); };
}

}  // namespace

extern const Command submit_command;
constinit const Command submit_command{
    .name = "submit",
    .summary = "Store a batch: every row of ROWS becomes an item. Prints the batch's id.",
    .help = help,
    .setup = setup,
    .makes_state = true};

}  // namespace batch::cli
