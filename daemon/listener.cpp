#include "daemon/listener.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "daemon/batch_run.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch {
namespace {

constexpr std::size_t strays_allowed = 3;  // answers to nothing; then the worker is replaced
constexpr int exit_config = 78;            // EX_CONFIG of sysexits.h

}  // namespace

void Listener::read(Worker& worker) {
    if (worker.state() == Worker::State::killed) {
        worker.read([](std::string_view) { return true; });
        return;
    }
    const auto state = worker.read([&](std::string_view line) { return take_line(worker, line); });
    if (state == Worker::Heard::too_long) {
        broke_protocol(worker, "sent a frame of more than 4 MiB");
    }
}

bool Listener::take_line(Worker& worker, std::string_view line) {
    try {
        return take(worker, reader_.read(line));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::bad_input) {
            throw;
        }
        return broke_protocol(worker,
                              fmt::format("sent no frame but: {}", printable(line.substr(0, 200))));
    }
}

bool Listener::take(Worker& worker, const Answer& answer) {
    switch (answer.type) {
        case AnswerType::ready: worker.became_ready(); break;
        case AnswerType::result: take_result(worker, answer); break;
        case AnswerType::error: take_error(worker, answer); break;
        case AnswerType::log:
            if (Execution* const execution = answer.id ? worker.peek(*answer.id) : nullptr) {
                PluginLog log = log_of(answer);
                take_log(*execution, {.stream = std::move(log.stream),
                                      .level = std::move(log.level),
                                      .text = std::move(log.text),
                                      .cut_bytes = static_cast<std::int64_t>(log.cut_bytes)});
            }
            break;
        case AnswerType::progress:
        case AnswerType::pong:
        case AnswerType::unknown: break;
    }
    if (worker.strays() >= strays_allowed) {
        return broke_protocol(worker, "answered items that it does not have");
    }
    return worker.state() != Worker::State::killed;
}

void Listener::take_result(Worker& worker, const Answer& answer) {
    std::chrono::nanoseconds elapsed{0};
    ExecutionPtr execution = worker.answered(answer.id.value_or(0), elapsed);
    if (!execution) {
        return;
    }
    execution->run->measure(elapsed);
    if (answer.fault.empty()) {
        outcomes_.succeeded(std::move(execution), answer);
        return;
    }
    outcomes_.failed(std::move(execution), {.error_class = ErrorClass::permanent,
                                            .code = "bad_result",
                                            .message = std::string(answer.fault)});
}

void Listener::take_error(Worker& worker, const Answer& answer) {
    if (!answer.id) {
        refused(worker, error_of(answer));
        return;
    }
    std::chrono::nanoseconds elapsed{0};
    if (ExecutionPtr execution = worker.answered(*answer.id, elapsed)) {
        execution->run->measure(elapsed);
        outcomes_.failed(std::move(execution), error_of(answer));
    }
}

void Listener::take_log(Execution& execution, LogLine line) const {
    line.attempt = execution.item.attempts + 1;
    line.step = execution.run->steps()[execution.step].spec->plugin;
    line.at = now();
    if (line.stream.empty()) {
        line.stream = "log";
    }
    const std::size_t room = log_size_ - std::min<std::size_t>(log_size_, execution.log_bytes);
    const std::size_t kept = front_bytes(line.text, room).size();
    line.cut_bytes += static_cast<std::int64_t>(line.text.size() - kept);
    line.text.resize(kept);
    execution.log_bytes += line.text.size();
    if (!line.text.empty()) {
        execution.logs.push_back(std::move(line));
    } else if (!execution.logs.empty()) {
        execution.logs.back().cut_bytes += line.cut_bytes;
    }
}

void Listener::read_err(Worker& worker) {
    std::string text = worker.read_err();
    if (text.empty()) {
        return;
    }
    log_.debug("worker_said", fmt::format("{}: {}", worker.spec().plugin, text));
    if (worker.started() != 1) {
        return;  // nobody can tell which item it is about
    }
    for (const std::uint64_t id :
         worker.ids([](const Execution& each) { return each.started != BootTime{}; })) {
        take_log(*worker.peek(id), {.stream = "err", .text = std::move(text)});
        break;
    }
}

bool Listener::broke_protocol(Worker& worker, std::string_view what) {
    log_.warn("protocol", fmt::format("{} {}; it is replaced", worker.spec().plugin, what));
    const std::string said = fmt::format("{} {}", worker.spec().plugin, what);
    pool_.died(worker.spec(), said);
    pool_.kill(worker, [this, said](Worker::Left left) { outcomes_.lost(std::move(left), said); });
    return false;
}

void Listener::refused(Worker& worker, const PluginError& fault) {
    for (BatchRun* const run : board_.turns()) {
        for (const StepRun& step : run->steps()) {
            if (step.spec.get() == &worker.spec()) {
                outcomes_.pause(*run, {"config", fault.message, fault.hint});
                break;
            }
        }
    }
    pool_.kill(worker, [this](Worker::Left left) { hand_back(std::move(left)); });
}

void Listener::ended(Worker& worker) {
    const auto exit = worker.try_wait();
    if (!exit) {
        return;
    }
    // What it said before it ended counts.
    while (worker.state() != Worker::State::killed && worker.read([&](std::string_view line) {
        return take_line(worker, line);
    }) == Worker::Heard::open) {
    }
    read_err(worker);
    if (worker.state() != Worker::State::killed) {
        died(worker, *exit);
    }
    worker.run_at_end();
    pool_.remove(&worker);
}

void Listener::died(Worker& worker, const Exit& exit) {
    const std::string words = worker.last_words();
    if (exit.code == exit_config) {
        refused(worker,
                {.message = words.empty() ? worker.spec().plugin + " refused its options" : words});
    } else if (worker.state() != Worker::State::leaving || worker.in_flight() > 0) {
        std::string how = text_of(exit);
        pool_.died(worker.spec(), words.empty() ? how : words);
        how += words.empty() ? "" : ": " + words;
        log_.warn("worker_died", fmt::format("a worker of {} ended: {}", worker.spec().plugin, how),
                  {{"items", std::to_string(worker.in_flight()), true}});
        outcomes_.lost(worker.take_all(), how);
    }
}

void Listener::again(Worker::Left left) {
    // From behind, so that they stand in line in the order they had.
    for (auto* const group : {&left.waiting, &left.at_work}) {
        while (!group->empty()) {
            outcomes_.again(std::move(group->back()));
            group->pop_back();
        }
    }
}

void Listener::hand_back(Worker::Left left) {
    for (auto* const group : {&left.at_work, &left.waiting}) {
        for (ExecutionPtr& execution : *group) {
            outcomes_.hand_back(std::move(execution));
        }
    }
}

void Listener::time_out(Worker& worker, std::uint64_t id) {
    const Execution* const late = worker.peek(id);
    const PluginError fault{
        .error_class = ErrorClass::retryable,
        .code = "timeout",
        .message = "no end within " + exact(late->run->plan().retry.item_timeout)};
    pool_.kill(worker, [this, late, fault](Worker::Left left) {
        const auto found = std::ranges::find(left.at_work, late, &ExecutionPtr::get);
        if (found != left.at_work.end()) {
            outcomes_.failed(std::move(*found), fault);
            left.at_work.erase(found);
        }
        again(std::move(left));
    });
}

void Listener::cancel(Worker& worker, std::function<bool(const Execution&)> wanted) {
    if (worker.state() == Worker::State::killed || worker.ids(wanted).empty()) {
        return;
    }
    pool_.kill(worker, [this, wanted = std::move(wanted)](Worker::Left left) {
        Worker::Left others;
        for (auto& [from, to] : {std::pair(&left.at_work, &others.at_work),
                                 std::pair(&left.waiting, &others.waiting)}) {
            for (ExecutionPtr& execution : *from) {
                if (wanted(*execution)) {
                    outcomes_.cancelled(std::move(execution));
                } else {
                    to->push_back(std::move(execution));
                }
            }
        }
        again(std::move(others));
    });
}

void Listener::stop(Worker& worker, Speed speed) {
    pool_.kill(worker, [this](Worker::Left left) { hand_back(std::move(left)); });
    if (speed == Speed::at_once) {
        worker.kill_now();
    }
}

void Listener::went_mute(Worker& worker) {
    broke_protocol(worker, "closed its standard output");
}

void Listener::start_overdue(Worker& worker) {
    pool_.died(worker.spec(), "it did not say that it is ready within 30s");
    pool_.kill(worker, {});
}

}  // namespace batch
