#pragma once

#include "core/plugin/plugin_main.hpp"
#include "daemon/plugins/chromium/browser.hpp"
#include "daemon/plugins/chromium/page.hpp"
#include "daemon/plugins/chromium/tab.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace batch::chromium {

/// A page that is to be printed for an item.
struct Job {
    plugin::ItemId id = 0;
    Document document;
    std::chrono::seconds time_limit{};
    int deaths = 0;  ///< of the browser or its tab, while this was printed
    int tab = 0;     ///< of the last death: only a younger one will do
};

/// A place for a tab, and what it prints.
struct Slot {
    std::unique_ptr<Tab> tab;
    std::optional<Job> job;
    BootTime limit{};  ///< of the job; of opening the tab while there is none
    int number = 0;    ///< of the tab, counted since the start
};

/// After how many documents a tab and a browser are replaced: they grow with time.
struct Wear {
    int tab = 200;
    int browser = 2000;
};

/// Plugin "chromium": prints HTML to PDF in a browser that is kept running.
///
/// The browser is started by init() and replaced when it dies or hangs, and after some thousand
/// documents; a tab is replaced when its page crashed, hung or left, and after some hundred
/// documents.
class Chromium : public plugin::Plugin {
public:
    explicit Chromium(Wear wear = {}) : wear_(wear) {}

    Json describe() const override;
    void init(const Json& frame, plugin::Outbox& outbox) override;
    void item(plugin::ItemId id, Json frame, plugin::Outbox& outbox) override;
    void cancel(plugin::ItemId id, plugin::Outbox& outbox) override;
    void watch(std::vector<pollfd>& fds) const override;
    std::optional<BootTime> wake_at() const override;
    void handle(std::span<const pollfd> fds, plugin::Outbox& outbox) override;

private:
    void start_browser();
    void open(Slot& slot);
    void on_event(const Json& event);
    void answer(Slot& slot, plugin::Outbox& outbox);
    void enforce_limit(Slot& slot, plugin::Outbox& outbox);
    void replace_worn(Slot& slot);
    bool may_begin(const Slot& slot) const;
    void feed(Slot& slot);
    void bury_browser(plugin::Outbox& outbox);
    void take_back(Slot& slot, const std::string& reason, plugin::Outbox& outbox);
    void replace_old_browser();
    bool wants_new_browser() const;

    Wear wear_;
    Page page_;
    Launch launch_;
    std::deque<Job> waiting_;
    bool ready_ = false;
    int deaths_ = 0;     ///< of browsers, since the last document
    int documents_ = 0;  ///< of this browser
    int tabs_ = 0;       ///< opened since the start
    std::unique_ptr<Browser> browser_;
    std::vector<Slot> slots_;  ///< their tabs refer to the browser
};

}  // namespace batch::chromium
