#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/out.hpp"
#include "cli/output/table.hpp"
#include "cli/queue/server.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace batch::cli {
namespace {

using Fate = Administration::Fate;

constexpr auto help = R"(Usage: batchctl queue dead list
       batchctl queue dead show|requeue|drop ID...|--all

Dead letters are messages that batchd could not use: not of the form it knows,
of another state file, or for a batch that nobody knows. No work is in them:
a batch is in the state file.

  list      what is there, and why
  show      all of a message
  requeue   send it to the queue once more
  drop      remove it

An ID is that of the list, or a unique beginning or ending of it.

  --all     every one that is there

Examples:
  batchctl queue dead list
  batchctl queue dead drop --all --yes

see batchctl-queue(1)
)";

constexpr std::size_t shortest_part = 4;

struct Options {
    std::string verb;
    std::vector<std::string> ids;
    bool all = false;
};

Json shape_of(const DeadLetter& letter) {
    return {{"v", 1},
            {"id", letter.id},
            {"sent_at", letter.sent ? Json(rfc3339(*letter.sent)) : Json()},
            {"app", letter.app_id.empty() ? Json() : Json(letter.app_id)},
            {"reason", letter.reason.empty() ? Json() : Json(letter.reason)},
            {"why", letter.why},
            {"bytes", letter.size},
            {"headers", Json(letter.headers)},
            {"body", letter.is_whole() ? Json(letter.body) : Json()}};
}

int list(Context& context) {
    const Zone zone = context.globals().utc ? Zone::utc : Zone::local;
    const auto when = [zone](const Json& record) {
        return record["sent_at"].is_null()
                   ? std::string("-")
                   : calendar(parse_rfc3339(record["sent_at"].get<std::string>()), zone);
    };
    Records records(context, "queue dead list",
                    {{.field = "id"},
                     {.field = "sent_at", .title = "SENT", .shown = when},
                     {.field = "app"},
                     {.field = "bytes", .right = true},
                     {.field = "why", .clipped = true}},
                    {"v", "id", "sent_at", "app", "reason", "why", "bytes", "headers", "body"});
    administration(context)->bury([&records](const DeadLetter& letter) {
        records.add(shape_of(letter));
        return Fate::keep;
    });
    records.finish();
    return 0;
}

void print(const DeadLetter& letter) {
    put(fmt::format("id        {}\n", printable(letter.id)));
    put(fmt::format("why       {}\n", printable(letter.why)));
    if (letter.sent) {
        put(fmt::format("sent      {}\n", rfc3339(*letter.sent)));
    }
    if (!letter.app_id.empty()) {
        put(fmt::format("app       {}\n", printable(letter.app_id)));
    }
    for (const auto& [name, value] : letter.headers) {
        put(fmt::format("header    {}: {}\n", printable(name), printable(value)));
    }
    put(fmt::format("body      {}{}\n", bytes_text(letter.size),
                    letter.is_whole() ? "" : ", too long to be shown"));
    if (!letter.body.empty()) {
        put(printable(letter.body) + "\n");
    }
}

bool fits(const DeadLetter& letter, const std::string& word) {
    return letter.id == word || (word.size() >= shortest_part &&
                                 (letter.id.starts_with(word) || letter.id.ends_with(word)));
}

/// Which word each id is meant by; several ids by one word are a mistake.
class Meant {
public:
    explicit Meant(const Options& options) : options_(options), found_(options.ids.size()) {}

    bool operator()(const DeadLetter& letter) {
        bool meant = options_.all;
        for (std::size_t i = 0; i < options_.ids.size(); ++i) {
            if (fits(letter, options_.ids[i])) {
                found_[i].push_back(letter.id);
                meant = true;
            }
        }
        return meant;
    }

    /// Throws for a word that names none or several.
    void check() const {
        for (std::size_t i = 0; i < options_.ids.size(); ++i) {
            if (found_[i].empty()) {
                throw Error(ErrorKind::not_found,
                            fmt::format("no dead letter fits \"{}\"", options_.ids[i]),
                            "see them: batchctl queue dead list");
            }
            if (found_[i].size() > 1) {
                throw Error(ErrorKind::usage,
                            fmt::format("\"{}\" fits {} dead letters: {}", options_.ids[i],
                                        found_[i].size(), join(found_[i], ", ")),
                            "write more of its id");
            }
        }
    }

private:
    const Options& options_;
    std::vector<std::vector<std::string>> found_;
};

int show(const Options& options, Context& context) {
    Meant meant(options);
    bool first = true;
    const auto print_one = [&context, &first](const DeadLetter& letter) {
        if (context.globals().json) {
            put(dump(shape_of(letter)) + "\n");
        } else {
            put(first ? "" : "\n");
            print(letter);
        }
        first = false;
    };
    std::vector<DeadLetter> found;
    administration(context)->bury([&](const DeadLetter& letter) {
        const bool is_meant = meant(letter);
        if (is_meant && options.all) {
            print_one(letter);
        } else if (is_meant && found.size() < options.ids.size()) {
            found.push_back(letter);
        }
        return Fate::keep;
    });
    meant.check();
    std::ranges::for_each(found, print_one);
    return 0;
}

std::int64_t count(const Options& options, Context& context) {
    Meant meant(options);
    std::int64_t number = 0;
    administration(context)->bury([&](const DeadLetter& letter) {
        number += meant(letter) ? 1 : 0;
        return Fate::keep;
    });
    meant.check();
    return number;
}

/// While a person thinks it over nobody may hold the letters, so they are read once more then.
bool is_agreed(const Options& options, Context& context) {
    const std::int64_t number = context.globals().yes ? 0 : count(options, context);
    return number == 0 ||
           context.confirm(fmt::format("Remove {}?", plural(number, "dead letter")),
                           "this removes dead letters for good",
                           fmt::format("batchctl queue dead drop {} --yes",
                                       options.all ? "--all" : join(options.ids, " ")));
}

/// Of those that were to be requeued: what batchd does not take would only come back.
void check_all_were_whole(std::int64_t too_long, const char* outcome) {
    if (too_long > 0) {
        throw Error(ErrorKind::operation,
                    fmt::format("{} {} longer than 64 KiB, which batchd does not take{}",
                                plural(too_long, "dead letter"),
                                too_long == 1 ? "stays: it is" : "stay: they are", outcome),
                    "see which: batchctl queue dead list");
    }
}

int move(const Options& options, Fate fate, Context& context) {
    if (fate == Fate::drop && !is_agreed(options, context)) {
        note("nothing was removed");
        return 0;
    }
    Meant meant(options);
    std::int64_t too_long = 0;
    const auto decide = [&](const DeadLetter& letter) {
        if (!meant(letter)) {
            return Fate::keep;
        }
        if (fate == Fate::requeue && !letter.is_whole()) {
            ++too_long;
            return Fate::keep;
        }
        return fate;
    };
    const auto check = [&] {
        meant.check();
        check_all_were_whole(too_long, "; nothing was sent");
    };
    const auto queue = administration(context);
    const std::size_t gone =
        options.all ? queue->bury(decide) : queue->bury_all_or_none(decide, check);
    say(fmt::format("{} {}", fate == Fate::drop ? "removed" : "sent to the queue again:",
                    plural(static_cast<std::int64_t>(gone), "dead letter")));
    check_all_were_whole(too_long, "");
    return 0;
}

void check(const Options& options) {
    const bool names_some = options.all || !options.ids.empty();
    if (options.verb == "list" && names_some) {
        throw Error(ErrorKind::usage, "queue dead list shows all of them, and takes no ID",
                    "one of them: batchctl queue dead show ID");
    }
    if (options.verb != "list" && !names_some) {
        throw Error(ErrorKind::usage,
                    fmt::format("queue dead {} needs an ID, or --all", options.verb),
                    "see them: batchctl queue dead list");
    }
}

int run(const Options& options, Context& context) {
    check(options);
    if (options.verb == "list") {
        return list(context);
    }
    if (options.verb == "show") {
        return show(options, context);
    }
    return move(options, options.verb == "drop" ? Fate::drop : Fate::requeue, context);
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("VERB", options->verb, "list, show, requeue or drop")
        .required()
        .choices({"list", "show", "requeue", "drop"});
    arguments.option("ID", options->ids, "Messages");
    arguments.flag("--all", options->all, "Every dead letter");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command queue_dead_command;
constinit const Command queue_dead_command{.name = "queue dead",
                                           .summary = "Messages that batchd could not use.",
                                           .help = help,
                                           .setup = setup};

}  // namespace batch::cli
