#pragma once

#include "core/plugin/outbox.hpp"
#include "daemon/plugins/chromium/browser.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace batch::chromium {

/// A page to print.
struct Document {
    std::string html;
    std::string print_params;
    std::filesystem::path pdf;  ///< where it goes; there as a whole or not at all
};

/// How printing ended.
struct Outcome {
    std::optional<plugin::Refusal> refusal;  ///< absent: the PDF is there
    bool crashed = false;                    ///< the tab's process died
    std::vector<std::string> missing;        ///< what the page wanted to load and could not
};

/// A tab in a browser context of its own.  It prints one document after the other, without ever
/// navigating: a page at about:blank sees no file, and scripts are off.
class Tab {
public:
    enum class State {
        opening,
        idle,
        printing,
        finished,  ///< the outcome is to be taken
        broken     ///< to be thrown away; if an outcome is there, it is to be taken first
    };

    explicit Tab(Browser& browser);
    Tab(const Tab&) = delete;
    Tab& operator=(const Tab&) = delete;

    /// Closes it in the browser, whatever it is doing.
    ~Tab();

    State state() const noexcept { return state_; }

    /// Only when idle.
    void print(const Document& document);

    /// Once after printing; then the tab is idle again, or stays broken.
    std::optional<Outcome> take_outcome();

    /// Whether the browser has ever given it.
    bool was_opened() const noexcept { return opened_; }

    /// How many documents it has printed.
    int printed() const noexcept { return printed_; }

    bool is_session(std::string_view session) const noexcept { return session == session_; }

    /// What happened in this tab.
    void on_event(const Json& event);

private:
    void create_target(const std::string& context);
    void attach(const std::string& target);
    void prepare(const std::string& session);
    void call(const char* method, std::string params, Browser::OnReply on_reply);
    void print_if_loaded();
    void save(const Reply& reply);
    void navigated(const std::string& frame, const std::string& url);
    void refuse(ErrorClass error_class, std::string code, std::string message);
    void finish();
    void break_off(const std::string& reason);
    void miss(const Json& entry);

    Browser& browser_;
    State state_ = State::opening;
    std::string context_;
    std::string target_;
    std::string session_;
    std::string print_params_;
    std::filesystem::path pdf_;
    bool opened_ = false;
    bool content_set_ = false;
    bool loaded_ = false;
    std::string went_to_;  ///< where the page navigated by itself; empty if it did not
    Outcome outcome_;
    int printed_ = 0;
};

}  // namespace batch::chromium
