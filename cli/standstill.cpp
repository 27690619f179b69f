#include "cli/standstill.hpp"

#include "cli/report.hpp"
#include "core/auth/accounts/account.hpp"
#include "core/base/text.hpp"
#include "core/model/logins.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace batch::cli {
namespace {

/// Pauses that end by themselves or by whoever made them.
constexpr std::array<std::string_view, 3> waited_through{"paused", "scheduled", "breaker"};

std::string done_of(const Batch& batch) {
    return fmt::format("{} of {} items", grouped(batch.counts.done), grouped(batch.counts.total));
}

std::string named(const Batch& batch) {
    return fmt::format("{} ({})", short_id(batch.id), batch.name);
}

std::string resume(const Batch& batch) {
    return "batchctl resume " + short_id(batch.id);
}

}  // namespace

bool needs_a_person(const Batch& batch) {
    return batch.paused &&
           std::ranges::find(waited_through, batch.paused->code) == waited_through.end();
}

Error paused_by_batchd(const Batch& batch) {
    const Reason& reason = *batch.paused;
    const bool login = reason.code == login_pause;
    std::string hint = reason.hint;
    if (!login) {
        hint = hint.empty() ? "when it is mended: " + resume(batch)
                            : fmt::format("{}; then: {}", hint, resume(batch));
    }
    return Error(login ? ErrorKind::login : ErrorKind::unfinished,
                 fmt::format("{} is paused: {}; {} are done, no try of the others was used up",
                             named(batch), reason.message, done_of(batch)),
                 hint)
        .with_code(reason.code);
}

std::string why_login_ended(const Batch& batch) {
    try {
        const auto account = auth::read_account(credentials_of(batch.plan), login_of(batch.plan));
        return account ? auth::likely_reason(*account) : std::string{};
    } catch (const Error&) {
        return {};  // it only helps to understand
    }
}

Error removed_meanwhile(const Batch& batch) {
    return {ErrorKind::not_found, named(batch) + " was removed meanwhile",
            "what there is: batchctl status"};
}

std::string waits_through(const Batch& batch, const std::string& reason) {
    std::string text = fmt::format("{} waits: {}", named(batch), reason);
    if (batch.paused->code == "paused" || batch.paused->code == "scheduled") {
        text += "; to let it go on: " + resume(batch);
    }
    return text;
}

Error not_finished(const Batch& batch, Millis timeout, const std::optional<Reason>& reason) {
    return {ErrorKind::unfinished,
            fmt::format("{} ({}) is not finished after {}: {} done; it is kept{}", batch.name,
                        short_id(batch.id), exact(timeout), done_of(batch),
                        reason ? fmt::format(" ({})", reason->message) : ""),
            "go on: batchctl wait --start " + short_id(batch.id)};
}

void print_kept(const Globals& globals, const std::vector<Batch>& batches) {
    std::string ids;
    for (const Batch& batch : batches) {
        say_always(
            fmt::format("interrupted: {} done; {} is kept", done_of(batch), short_id(batch.id)));
        ids += " " + short_id(batch.id);
    }
    hint(fmt::format("go on: batchctl wait {}{}", globals.system ? "--system" : "--start", ids));
}

std::string cancelling(const Batch& batch) {
    const std::string text = "interrupted: cancelling " + short_id(batch.id);
    const auto running = batch.counts.running;
    if (running == 0) {
        return text;
    }
    return fmt::format("{}; {} at work {} stopped", text, plural(running, "item"),
                       running == 1 ? "is" : "are");
}

}  // namespace batch::cli
