#include "cli/doorbell.hpp"

#include "cli/queue/server.hpp"
#include "cli/report.hpp"
#include "core/queue/queue.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

// "... cannot be reached: connection refused" with the cause in brackets.
std::string with_cause_in_brackets(const std::string& failure) {
    const auto colon = failure.find(": ");
    return colon == std::string::npos
               ? failure
               : fmt::format("{} ({})", failure.substr(0, colon), failure.substr(colon + 2));
}

void tell_unheard(const Batch& batch, const std::string& failure) {
    warn(fmt::format("{}; {} is stored, and batchd finds it without the queue",
                     with_cause_in_brackets(failure), short_id(batch.id)),
         "see when: batchctl queue status");
}

}  // namespace

bool ring_for(Context& context, const Batch& batch) {
    const auto& settings = context.settings().queue;
    const Heard heard = context.publisher().publish({batch.id, batch.bell});
    if (heard.confirmed && !batch.confirmed) {
        context.store().steering().confirm({{batch.no, batch.bell}});
    }
    if (!heard.confirmed && !is_local(settings)) {
        tell_unheard(batch, heard.failure);
        nudge(context, batch);
    }
    return heard.confirmed;
}

void nudge(Context& context, const Batch& batch) {
    queue_backend("local:").publisher(queue_place(context))->publish({batch.id, std::nullopt});
}

}  // namespace batch::cli
