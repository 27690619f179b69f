#include "cli/answer.hpp"

#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"

#include <nlohmann/json.hpp>

namespace batch::cli {

void print_batch(Context& context, const Batch& batch) {
    const auto reason = Reasons(context, context.store()).of(batch);
    put(dump(batch_shape(batch, reason)) + "\n");
}

void answer(Context& context, const Batch& batch, const std::string& sentence) {
    if (context.globals().json) {
        print_batch(context, batch);
    } else {
        say(sentence);
    }
}

void answer_unchanged(Context& context, const Batch& batch, const std::string& sentence) {
    if (context.globals().json) {
        print_batch(context, batch);
    } else {
        note(sentence);
    }
}

}  // namespace batch::cli
