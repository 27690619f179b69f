#include "core/queue/amqp/administering.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/queue/amqp/bytes.hpp"
#include "core/queue/amqp/patience.hpp"
#include "core/queue/amqp/publishing.hpp"
#include "core/queue/amqp/topology.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace batch::amqp {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_within = 5s;
constexpr auto shortest_try = 100ms;
constexpr auto look_again_every = 10ms;
constexpr auto blocked_within = 1s;  // connection.blocked comes after the first message

/// Waits for a server that is not there yet.
std::unique_ptr<Publishing> connect(const Target& target, const std::string& program,
                                    Millis patience) {
    const BootTime until = BootClock::now() + patience;
    Patience pause;
    for (;;) {
        const BootTime at = BootClock::now();
        const bool is_last = patience.count() > 0 && until - at <= look_again_every;
        try {
            return std::make_unique<Publishing>(
                target, program,
                patience.count() == 0
                    ? at + target.connect_timeout
                    : std::min(at + target.connect_timeout, std::max(until, at + shortest_try)));
        } catch (const Error& error) {
            if (was_refused(error) || patience.count() == 0) {
                throw;
            }
            if (is_last || BootClock::now() >= until) {
                throw Error(ErrorKind::unfinished, error.what(), error.hint());
            }
            std::this_thread::sleep_until(std::min(BootClock::now() + pause.next(false), until));
        }
    }
}

/// Takes all that are there now, one by one: each question is answered when the acknowledgements
/// before it have been carried out, which nothing else tells (a channel that closes drops some).
class DeadLetters {
public:
    DeadLetters(const Target& target, const std::string& program, const std::string& queue)
        : queue_(queue), connection_(target, program, BootClock::now() + target.connect_timeout) {
        connection_.answer_within(answer_within);
        connection_.open_channel(questions_channel);
        left_ = depth_of(connection_, queue_).ready;
    }

    std::optional<Delivered> next() {
        if (!get() || left_ == 0) {
            return std::nullopt;
        }
        --left_;
        const BootTime until = BootClock::now() + answer_within;
        while (BootClock::now() < until) {
            if (auto event = events_.next()) {
                if (auto* const letter = std::get_if<Delivered>(&*event)) {
                    return std::move(*letter);
                }
            } else {
                connection_.wait(-1, until - BootClock::now());
            }
        }
        throw Error(ErrorKind::unavailable,
                    connection_.target().name() + " does not send a message that it has announced");
    }

    void acknowledge(std::uint64_t tag) { connection_.acknowledge(questions_channel, tag); }

    /// All that was acknowledged is gone.
    void settle() { get(); }

private:
    /// False if there is none.
    bool get() {
        const amqp_rpc_reply_t reply =
            amqp_basic_get(connection_.get(), questions_channel, lend(queue_), 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
            connection_.check_reply("read a dead letter");
            connection_.check_sent(AMQP_STATUS_CONNECTION_CLOSED, "read a dead letter");
        }
        if (reply.reply.id != AMQP_BASIC_GET_OK_METHOD) {
            return false;
        }
        events_.expect(static_cast<amqp_basic_get_ok_t*>(reply.reply.decoded)->delivery_tag);
        return true;
    }

    std::string queue_;
    Connection connection_;
    Events events_{connection_};
    std::uint32_t left_ = 0;
};

class Administering final : public Administration {
public:
    Administering(const QueuePlace& place, Millis patience)
        : place_(place),
          target_(target_of(place)),
          queue_(queue_name(place)),
          publishing_(connect(target_, place.program, patience)) {
        connection().answer_within(answer_within);
        connection().open_channel(questions_channel);
    }

    std::string declare() override {
        amqp::declare(connection(), queue_);
        return fmt::format("declared on {}: {}",
                           target_.name().substr(std::string_view("RabbitMQ at ").size()),
                           declared_text(queue_));
    }

    ServerState state() override {
        ServerState state{
            .url = target_.url(), .product = "RabbitMQ", .version = connection().server_version()};
        state.shortcoming = shortcoming_of(state.version);
        state.queue = look_at(queue_);
        state.dead = look_at(dead_name(queue_));
        if (state.queue) {
            QueueKind kind = kind_of(connection(), queue_);
            state.queue->type = std::move(kind.type);
            state.queue->differs = std::move(kind.differs);
            state.queue->drops_dead = kind.drops_dead;
        }
        if (state.dead && place_.settings.declare) {
            state.dead->forgets = forgets_dead(connection(), state.dead->name);
        }
        probe(state);  // last: who publishes while the server is blocked gets no answer any more
        return state;
    }

    void check_may_consume() override { amqp::check_may_consume(connection(), queue_); }

    std::size_t bury(const std::function<Fate(const DeadLetter&)>& decide) override;
    std::size_t bury_all_or_none(const std::function<Fate(const DeadLetter&)>& decide,
                                 const std::function<void()>& check) override;

private:
    Connection& connection() { return publishing_->connection(); }

    /// A message that goes nowhere: how long the server takes to say that it has it.
    void probe(ServerState& state) {
        const BootTime begun = BootClock::now();
        publishing_->send_probe();
        bool is_confirmed = false;
        while (!is_confirmed && publishing_->blocked().empty() &&
               BootClock::now() < begun + blocked_within) {
            publishing_->pump(-1, begun + blocked_within - BootClock::now());
            is_confirmed = !publishing_->take_settled().empty();
        }
        state.answer =
            std::chrono::duration_cast<std::chrono::microseconds>(BootClock::now() - begun);
        state.blocked = is_confirmed || !publishing_->blocked().empty()
                            ? publishing_->blocked()
                            : "it does not confirm a message";
        if (!state.blocked.empty()) {
            connection().give_up();
        }
    }

    std::optional<QueueState> look_at(const std::string& queue) {
        const auto depth = find_queue(connection(), queue);
        return depth ? std::optional(QueueState{.name = queue,
                                                .type = {},
                                                .differs = {},
                                                .ready = depth->ready,
                                                .consumers = depth->consumers})
                     : std::nullopt;
    }

    DeadLetters dead_letters();
    void carry_out(DeadLetters& letters, const Delivered& letter, Fate fate);
    void send_back(const Message& message);
    DeadLetter letter_of(const Message& message);

    QueuePlace place_;
    Target target_;
    std::string queue_;
    std::unique_ptr<Publishing> publishing_;
    std::map<std::string, int> seen_;
};

DeadLetter Administering::letter_of(const Message& message) {
    DeadLetter letter{.id = message.message_id,
                      .app_id = message.app_id,
                      .size = message.size,
                      .body = message.body};
    if (letter.id.empty()) {
        letter.id = sha256_hex(message.body).substr(0, 16);
    }
    if (const int before = seen_[letter.id]++; before > 0) {
        letter.id += fmt::format("-{}", before + 1);
    }
    for (const auto& [name, value] : message.headers) {
        letter.headers[name] = text_in(value);
    }
    if (message.timestamp) {
        letter.sent = std::chrono::sys_seconds{
            std::chrono::seconds{static_cast<std::int64_t>(*message.timestamp)}};
    }
    if (const auto reason = letter.headers.find("x-first-death-reason");
        reason != letter.headers.end()) {
        letter.reason = reason->second;
    }
    const Understood found = understand(message, place_.state_id);
    letter.why = !found.problem.empty() ? found.problem
                 : letter.reason == "delivery_limit"
                     ? "it was delivered too often without an answer"
                 : letter.reason == "rejected" ? "no batch has this id"
                                               : letter.reason;
    return letter;
}

void Administering::send_back(const Message& message) {
    if (message.body.size() != message.size) {
        throw Error(
            ErrorKind::operation,
            fmt::format("a message of {} bytes cannot be sent again: it stays a dead letter",
                        message.size));
    }
    const auto tag = publishing_->send_again(queue_, message);
    const auto settled = publishing_->await(tag, BootClock::now() + answer_within);
    if (settled && settled->confirmed) {
        return;
    }
    if (settled && settled->unroutable) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{} has no queue {}", target_.name(), queue_),
                    "make it: batchctl queue declare");
    }
    throw Error(
        ErrorKind::unavailable,
        fmt::format("{} did not confirm the message; it stays a dead letter", target_.name()));
}

DeadLetters Administering::dead_letters() {
    if (!look_at(dead_name(queue_))) {
        throw Error(ErrorKind::not_found,
                    fmt::format("{} has no queue {}", target_.name(), dead_name(queue_)),
                    "make it: batchctl queue declare");
    }
    return {target_, place_.program, dead_name(queue_)};
}

void Administering::carry_out(DeadLetters& letters, const Delivered& letter, Fate fate) {
    if (fate == Fate::requeue) {
        send_back(letter.message);
    }
    letters.acknowledge(letter.tag);
}

// What is kept goes back to its place when the connection ends.
std::size_t Administering::bury(const std::function<Fate(const DeadLetter&)>& decide) {
    std::size_t gone = 0;
    DeadLetters letters = dead_letters();
    while (const auto letter = letters.next()) {
        if (const Fate fate = decide(letter_of(letter->message)); fate != Fate::keep) {
            carry_out(letters, *letter, fate);
            ++gone;
        }
    }
    return gone;
}

std::size_t Administering::bury_all_or_none(const std::function<Fate(const DeadLetter&)>& decide,
                                            const std::function<void()>& check) {
    std::vector<std::pair<Delivered, Fate>> meant;
    DeadLetters letters = dead_letters();
    while (auto letter = letters.next()) {
        if (const Fate fate = decide(letter_of(letter->message)); fate != Fate::keep) {
            if (fate == Fate::drop) {
                letter->message = {};  // there may be many
            }
            meant.emplace_back(std::move(*letter), fate);
        }
    }
    check();
    for (const auto& [letter, fate] : meant) {
        carry_out(letters, letter, fate);
    }
    letters.settle();
    return meant.size();
}

}  // namespace

std::unique_ptr<Administration> administration(const QueuePlace& place, Millis patience) {
    return std::make_unique<Administering>(place, patience);
}

}  // namespace batch::amqp
