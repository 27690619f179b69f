#include "daemon/plugins/chromium/chromium.hpp"

#include "core/base/error.hpp"
#include "daemon/plugins/chromium/input.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace batch::chromium {

using plugin::ItemId;
using plugin::Outbox;
using plugin::Refusal;
using plugin::Refused;

namespace {

// Items at once.  More tabs than processors only add memory and latency.
constexpr int concurrency = 2;

// A browser that dies this often without a document in between will not be better next time.
constexpr int max_deaths = 3;

constexpr std::chrono::seconds open_limit{20};

Refused refused(ErrorClass error_class, std::string code, std::string message, std::string hint) {
    return Refused(Refusal{.error_class = error_class,
                           .code = std::move(code),
                           .message = std::move(message),
                           .hint = std::move(hint),
                           .after = {}});
}

Refusal lost(const std::string& message) {
    return {.error_class = ErrorClass::retryable,
            .code = "page_error",
            .message = message,
            .hint = "",
            .after = {}};
}

bool is_printing(const Slot& slot) {
    return slot.job.has_value();
}

bool is_at_work(const Slot& slot) {
    return slot.job || slot.tab->state() == Tab::State::opening;
}

/// The browser does not give the tab: it is as good as dead.
bool is_refused(const Slot& slot) {
    return !slot.tab->was_opened() &&
           (slot.tab->state() == Tab::State::broken || BootClock::now() >= slot.limit);
}

std::string last_line(std::string_view words) {
    while (words.ends_with('\n')) {
        words.remove_suffix(1);
    }
    return std::string(words.substr(words.rfind('\n') + 1));
}

/// Why the first browser did not come up.
Refused cannot_start(const std::string& words) {
    const std::string last = last_line(words);
    const std::string reason = last.empty() ? "it does not answer" : last;
    if (words.find("bwrap: ") != std::string::npos) {
        return refused(ErrorClass::config, "no_jail",
                       "the browser's jail cannot be built: " + reason,
                       "allow user namespaces, or do without the jail: plugins.jail = \"off\"");
    }
    return refused(ErrorClass::config, "no_browser", "the browser does not start: " + reason,
                   "see what is missing: batchctl doctor");
}

}  // namespace

Json Chromium::describe() const {
    return {{"protocol", 1},
            {"name", "chromium"},
            {"version", BATCH_VERSION},
            {"summary", "Print HTML to PDF"},
            {"in", {"text/html"}},
            {"out", {"application/pdf"}},
            {"concurrency", concurrency},
            {"files", true},
            {"jail", false},  // it builds one for the browser, which is what reads the pages
            {"lint", false},
            {"options", options_schema()}};
}

void Chromium::init(const Json& frame, Outbox&) {
    page_ = page_of(plugin::options_of(frame));
    launch_.browser = find_browser();
    launch_.jail = frame.value("jail", "required") == "off" ? Jail::off : Jail::required;
    launch_.sandbox = launch_.jail == Jail::off && ::geteuid() == 0 ? Sandbox::off : Sandbox::on;
    try {
        start_browser();
    } catch (const Error& error) {
        const bool jail = error.kind() == ErrorKind::not_found && launch_.jail == Jail::required;
        throw refused(ErrorClass::config, jail ? "no_jail" : "no_browser", error.what(),
                      jail ? "install it: apt install bubblewrap" : "");
    }
}

void Chromium::start_browser() {
    slots_.clear();
    documents_ = 0;
    browser_ = std::make_unique<Browser>(launch_, [this](const Json& event) { on_event(event); });
    slots_.resize(concurrency);
    std::ranges::for_each(slots_, [this](Slot& slot) { open(slot); });
}

void Chromium::open(Slot& slot) {
    slot.tab.reset();
    slot.job.reset();
    slot.tab = std::make_unique<Tab>(*browser_);
    slot.limit = BootClock::now() + open_limit;
    slot.number = ++tabs_;
}

void Chromium::on_event(const Json& event) {
    const auto session = event.find("sessionId");
    if (session == event.end()) {
        return;
    }
    const auto& id = session->get_ref<const std::string&>();
    for (const Slot& slot : slots_) {
        if (slot.tab && slot.tab->is_session(id)) {
            slot.tab->on_event(event);
        }
    }
}

void Chromium::item(ItemId id, Json frame, Outbox&) {
    const bool own_options = frame.contains("options");
    const Page page = own_options ? page_of(frame["options"]) : page_;
    const std::string folder = frame.value("dir", "");
    if (folder.empty()) {
        throw refused(ErrorClass::config, "no_dir", "the item comes without a folder", "");
    }
    waiting_.push_back({.id = id,
                        .document = {.html = html_of(frame),
                                     .print_params = page.print_params,
                                     .pdf = std::filesystem::path(folder) / "page.pdf"},
                        .time_limit = page.time_limit,
                        .deaths = 0,
                        .tab = 0});
}

void Chromium::cancel(ItemId id, Outbox& outbox) {
    const auto waits = std::ranges::find(waiting_, id, &Job::id);
    const auto runs = std::ranges::find_if(
        slots_, [id](const Slot& slot) { return slot.job && slot.job->id == id; });
    if (waits != waiting_.end()) {
        waiting_.erase(waits);
    } else if (runs != slots_.end()) {
        open(*runs);
    } else {
        return;
    }
    outbox.error(id, {.error_class = ErrorClass::cancelled,
                      .code = "cancelled",
                      .message = "cancelled",
                      .hint = "",
                      .after = {}});
}

void Chromium::watch(std::vector<pollfd>& fds) const {
    if (browser_) {
        browser_->watch(fds);
    }
}

std::optional<BootTime> Chromium::wake_at() const {
    std::optional<BootTime> earliest;
    for (const Slot& slot : slots_) {
        if (is_at_work(slot)) {
            earliest = std::min(earliest.value_or(slot.limit), slot.limit);
        }
    }
    return earliest ? std::min(*earliest, browser_->pulse().next()) : earliest;
}

void Chromium::handle(std::span<const pollfd> fds, Outbox& outbox) {
    if (fds.size() == Browser::watched) {
        browser_->handle(fds);
    }
    if (!browser_) {
        return;
    }
    for (Slot& slot : slots_) {
        answer(slot, outbox);
        enforce_limit(slot, outbox);
    }
    if (std::ranges::any_of(slots_, is_at_work)) {
        browser_->feel_pulse();
    }
    if (!browser_->is_alive() || std::ranges::any_of(slots_, is_refused)) {
        bury_browser(outbox);
    }
    replace_old_browser();
    for (Slot& slot : slots_) {
        replace_worn(slot);
        if (!ready_ && slot.tab->state() == Tab::State::idle) {
            ready_ = true;
            outbox.ready();
        }
        feed(slot);
    }
}

void Chromium::enforce_limit(Slot& slot, Outbox& outbox) {
    if (slot.job && BootClock::now() >= slot.limit) {
        outbox.error(slot.job->id, lost("the page was not printed within its time limit"));
        open(slot);
    }
}

void Chromium::answer(Slot& slot, Outbox& outbox) {
    const auto outcome = slot.tab->take_outcome();
    if (!outcome || !slot.job) {
        return;
    }
    if (outcome->crashed) {
        take_back(slot, outcome->refusal->message, outbox);
        return;
    }
    const ItemId id = slot.job->id;
    slot.job.reset();
    for (const std::string& url : outcome->missing) {
        outbox.log(id,
                   {.level = "warn",
                    .stream = "log",
                    .text = fmt::format("{} was not loaded: a page has no network and no files; "
                                        "put it into the page (data:)",
                                        url),
                    .cut_bytes = 0});
    }
    if (outcome->refusal) {
        outbox.error(id, *outcome->refusal);
        return;
    }
    deaths_ = 0;
    ++documents_;
    outbox.result(id, {{"files", {{{"path", "page.pdf"}, {"media_type", "application/pdf"}}}}});
}

void Chromium::replace_worn(Slot& slot) {
    const bool worn = slot.tab->state() == Tab::State::idle && slot.tab->printed() >= wear_.tab;
    if (worn || slot.tab->state() == Tab::State::broken) {
        open(slot);
    }
}

bool Chromium::wants_new_browser() const {
    return documents_ >= wear_.browser;
}

/// A page with which something died is printed with no other page beside it, in a new tab.
bool Chromium::may_begin(const Slot& slot) const {
    if (waiting_.empty() || wants_new_browser() || slot.tab->state() != Tab::State::idle) {
        return false;
    }
    const Job& next = waiting_.front();
    const auto is_alone = [](const Slot& each) { return each.job && each.job->deaths > 0; };
    return slot.number > next.tab && std::ranges::none_of(slots_, is_alone) &&
           (next.deaths == 0 || std::ranges::none_of(slots_, is_printing));
}

void Chromium::feed(Slot& slot) {
    if (!may_begin(slot)) {
        return;
    }
    slot.job = std::move(waiting_.front());
    waiting_.pop_front();
    slot.limit = BootClock::now() + slot.job->time_limit;
    slot.tab->print(slot.job->document);
}

void Chromium::replace_old_browser() {
    if (wants_new_browser() && std::ranges::none_of(slots_, is_printing)) {
        start_browser();
    }
}

void Chromium::bury_browser(Outbox& outbox) {
    const std::string words = browser_->last_words();
    std::fprintf(stderr, "the browser died: %s\n", last_line(words).c_str());
    if (!ready_) {
        // Where it may not confine its renderers by itself, the jail still confines them all.
        if (browser_->is_alive() || launch_.jail == Jail::off || launch_.sandbox == Sandbox::off ||
            words.find("bwrap: ") != std::string::npos) {
            throw cannot_start(words);
        }
        launch_.sandbox = Sandbox::off;
    }
    for (Slot& slot : slots_) {
        take_back(slot, "the browser died", outbox);
    }
    if (++deaths_ >= max_deaths) {
        outbox.flush();
        throw Error(ErrorKind::unavailable, "the browser dies again and again");
    }
    start_browser();
}

/// Whoever killed the browser or the tab, its page is printed once more, with nothing beside it. If
/// it dies again, that page did it.
void Chromium::take_back(Slot& slot, const std::string& reason, Outbox& outbox) {
    if (slot.job && slot.job->deaths > 0) {
        outbox.error(slot.job->id, lost(reason));
    } else if (slot.job) {
        ++slot.job->deaths;
        slot.job->tab = tabs_;
        waiting_.push_front(std::move(*slot.job));
    }
    slot.job.reset();
}

}  // namespace batch::chromium
