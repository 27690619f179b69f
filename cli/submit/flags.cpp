#include "cli/submit/flags.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

constexpr int most_retries = 1'000;
constexpr int most_workers = 10'000;
constexpr std::size_t longest_key = 200;
constexpr auto key_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+=@/-";

void check_waiting(const SubmitOptions& options) {
    if (!options.timeout.empty() && !options.wait) {
        throw Error(ErrorKind::usage,
                    "--timeout is how long this command waits, and without --wait it does not wait",
                    "for one attempt at one item: --item-timeout " + options.timeout);
    }
    if (options.start && !options.wait) {
        throw Error(ErrorKind::usage,
                    "--start is for the time of waiting, and without --wait it does not wait",
                    "both in one: batchctl run");
    }
}

void check_key(const std::optional<std::string>& key) {
    if (key && key->empty()) {
        throw Error(ErrorKind::usage, "the key is empty, so it would hold back no second run",
                    "is the variable set that it is made of?");
    }
    if (key && (key->size() > longest_key ||
                key->find_first_not_of(key_characters) != std::string::npos)) {
        throw Error(ErrorKind::usage,
                    fmt::format("the key \"{}\" cannot be one: a key has letters, digits and "
                                "._+=@/-, at most 200",
                                printable(*key)));
    }
}

void check_durations(const SubmitOptions& options) {
    if (!options.timeout.empty()) {
        parse_duration(options.timeout, "--timeout");
    }
    if (!options.item_timeout.empty() &&
        parse_duration(options.item_timeout, "--item-timeout") == Millis(0)) {
        throw Error(ErrorKind::usage, "--item-timeout is 0, and no attempt ends in no time",
                    "for as good as no limit: --item-timeout 30d");
    }
    if (!options.backoff.empty()) {
        backoff_of(options.backoff);
    }
}

void check_numbers(const SubmitOptions& options) {
    const int retries = options.retries.value_or(0);
    if (retries < 0 || retries > most_retries) {
        throw Error(ErrorKind::usage, fmt::format("--retries is {}: it is 0 to 1,000", retries));
    }
    if (options.concurrency < 0 || options.concurrency > most_workers) {
        throw Error(ErrorKind::usage,
                    fmt::format("--concurrency is {}: it is 1 to 10,000", options.concurrency));
    }
}

/// What is said for a command needs one.
void check_command_flags(const SubmitOptions& options) {
    if (!options.command.empty() || !options.step_tables.empty() || !options.steps.empty()) {
        return;
    }
    const std::string flag = !options.env.empty()                ? "--env"
                             : !options.chdir.empty()            ? "--chdir"
                             : options.standard_output != "text" ? "--stdout"
                             : !options.retry_on.empty()         ? "--retry-on"
                             : !options.no_retry_on.empty()      ? "--no-retry-on"
                             : !options.success_codes.empty()    ? "--success-codes"
                             : options.allow_dash                ? "--allow-dash"
                                                                 : "";
    if (!flag.empty()) {
        throw Error(
            ErrorKind::usage, fmt::format("{} is for a command, and there is none", flag),
            fmt::format("it stands behind two dashes: batchctl {} ROWS -- COMMAND", options.verb));
    }
}

}  // namespace

void check_values(const SubmitOptions& options) {
    check_key(options.key);
    check_numbers(options);
    check_durations(options);
    labels_of(options);
}

void check_flags(const SubmitOptions& options) {
    check_values(options);
    check_waiting(options);
    check_command_flags(options);
}

Backoff backoff_of(const std::string& text) {
    const auto dots = text.find("..");
    const std::string end = dots == std::string::npos ? text : text.substr(dots + 2);
    if (dots == 0 || end.empty()) {
        throw Error(ErrorKind::usage, fmt::format("--backoff: \"{}\" is no range", text),
                    "write: --backoff 1s..1m");
    }
    const Backoff backoff{.min = parse_duration(text.substr(0, dots), "--backoff"),
                          .max = parse_duration(end, "--backoff")};
    if (backoff.min > backoff.max) {
        throw Error(
            ErrorKind::usage,
            fmt::format("--backoff: in \"{}\" the longest wait is shorter than the shortest", text),
            fmt::format("write: --backoff {}..{}", end, text.substr(0, dots)));
    }
    return backoff;
}

std::map<std::string, std::string> labels_of(const SubmitOptions& options) {
    std::map<std::string, std::string> labels;
    for (const std::string& each : options.labels) {
        const auto sign = each.find('=');
        if (sign == std::string::npos || sign == 0) {
            throw Error(ErrorKind::usage, fmt::format("--label \"{}\" is not KEY=VALUE", each));
        }
        labels[each.substr(0, sign)] = each.substr(sign + 1);
    }
    return labels;
}

}  // namespace batch::cli
