#include "cli/doorbell.hpp"

#include "core/queue/queue.hpp"

namespace batch::cli {
namespace {

Heard publish(Context& context, const Doorbell& bell) {
    const std::string& url = context.settings().queue.url;
    return queue_backend(url).publisher(url, context.paths())->publish(bell);
}

}  // namespace

void ring_for(Context& context, const Batch& batch) {
    if (publish(context, {batch.id, batch.bell}) == Heard::confirmed && !batch.confirmed) {
        context.store().steering().confirm(batch.no, batch.bell);
    }
}

void nudge(Context& context, const Batch& batch) {
    publish(context, {batch.id, std::nullopt});
}

}  // namespace batch::cli
