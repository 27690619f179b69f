#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/queue/server.hpp"
#include "cli/report.hpp"

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl queue declare

Creates the queue on the configured RabbitMQ, with the exchange and the queue
for its dead letters. What is there stays as it is; batchd does the same at its
start, unless queue.declare = false.

Examples:
  batchctl queue declare

see batchctl-queue(1)
)";

int run(Context& context) {
    say(administration(context)->declare());
    return 0;
}

Action setup(Arguments&) {
    return run;
}

}  // namespace

extern const Command queue_declare_command;
constinit const Command queue_declare_command{.name = "queue declare",
                                              .summary = "Create the queue on its server.",
                                              .help = help,
                                              .setup = setup,
                                              .makes_state = true};

}  // namespace batch::cli
