#include "daemon/plugins/chromium/tab.hpp"

#include "core/base/error.hpp"
#include "daemon/plugins/chromium/base64.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace batch::chromium {

namespace {

// A page that misses more than this says so often enough.
constexpr std::size_t most_missing = 10;

const auto ignore_reply = [](const Reply&) {};

}  // namespace

Tab::Tab(Browser& browser) : browser_(browser) {
    browser_.send(this, {.method = "Target.createBrowserContext"}, [this](const Reply& reply) {
        create_target(reply.result.value("browserContextId", ""));
    });
}

Tab::~Tab() {
    browser_.forget(this);
    if (!context_.empty() && browser_.is_alive()) {
        browser_.send(nullptr,
                      {.method = "Target.disposeBrowserContext",
                       .params = Json{{"browserContextId", context_}}.dump()},
                      ignore_reply);
    }
}

void Tab::create_target(const std::string& context) {
    context_ = context;
    const Json params{{"url", "about:blank"},
                      {"browserContextId", context},
                      {"enableBeginFrameControl", draws_on_demand(browser_.launch())}};
    browser_.send(this, {.method = "Target.createTarget", .params = params.dump()},
                  [this](const Reply& reply) { attach(reply.result.value("targetId", "")); });
}

void Tab::attach(const std::string& target) {
    target_ = target;
    browser_.send(this,
                  {.method = "Target.attachToTarget",
                   .params = Json{{"targetId", target}, {"flatten", true}}.dump()},
                  [this](const Reply& reply) { prepare(reply.result.value("sessionId", "")); });
}

void Tab::prepare(const std::string& session) {
    if (session.empty()) {
        break_off("the browser gives no tab");
        return;
    }
    session_ = session;
    call("Page.enable", "{}", ignore_reply);
    call("Inspector.enable", "{}", ignore_reply);
    call("Log.enable", "{}", ignore_reply);
    call("Emulation.setScriptExecutionDisabled", R"({"value":true})", [this](const Reply& reply) {
        if (reply.error.empty()) {
            state_ = State::idle;
            opened_ = true;
        } else {
            break_off(reply.error);
        }
    });
}

void Tab::call(const char* method, std::string params, Browser::OnReply on_reply) {
    browser_.send(this, {.method = method, .params = std::move(params), .session = session_},
                  std::move(on_reply));
}

void Tab::print(const Document& document) {
    print_params_ = document.print_params;
    pdf_ = document.pdf;
    state_ = State::printing;
    content_set_ = loaded_ = false;
    call("Page.setDocumentContent",
         fmt::format(R"({{"frameId":"{}","html":{}}})", target_, Json(document.html).dump()),
         [this](const Reply& reply) {
             if (!reply.error.empty()) {
                 break_off(reply.error);
                 return;
             }
             content_set_ = true;
             print_if_loaded();
         });
}

void Tab::print_if_loaded() {
    if (state_ != State::printing || !content_set_ || !loaded_) {
        return;
    }
    if (!went_to_.empty()) {
        finish();
        return;
    }
    content_set_ = false;  // a second load event prints nothing
    call("Page.printToPDF", print_params_, [this](const Reply& reply) { save(reply); });
}

void Tab::save(const Reply& reply) {
    if (!reply.error.empty()) {
        const bool invalid = reply.error.find("invalid print parameters") != std::string::npos;
        refuse(invalid ? ErrorClass::permanent : ErrorClass::retryable, "page_error",
               "the page could not be printed: " + reply.error);
        finish();
        state_ = State::broken;
        return;
    }
    if (went_to_.empty()) {
        try {
            const std::string_view data =
                reply.data.empty()
                    ? std::string_view(reply.result.at("data").get_ref<const std::string&>())
                    : reply.data;
            save_base64(data, pdf_);
        } catch (const Error& error) {
            refuse(ErrorClass::retryable, "page_error", error.what());
        }
    }
    ++printed_;
    finish();
}

void Tab::on_event(const Json& event) {
    const std::string& method = event.at("method").get_ref<const std::string&>();
    const Json params = event.value("params", Json::object());
    if (method == "Page.loadEventFired") {
        loaded_ = true;
        print_if_loaded();
    } else if (method == "Page.frameScheduledNavigation" ||
               method == "Page.frameRequestedNavigation") {
        navigated(params.value("frameId", ""), params.value("url", ""));
    } else if (method == "Page.frameNavigated") {
        const Json& frame = params.at("frame");
        navigated(frame.value("id", ""), frame.value("url", ""));
    } else if (method == "Log.entryAdded") {
        miss(params.at("entry"));
    } else if (method == "Inspector.targetCrashed" || method == "Inspector.detached") {
        outcome_.crashed = true;
        break_off("the page crashed its renderer");
    }
}

void Tab::navigated(const std::string& frame, const std::string& url) {
    if (frame != target_ || (state_ != State::printing && state_ != State::idle)) {
        return;  // a frame inside the page; or about:blank, while the tab is opened
    }
    went_to_ = url;
    if (state_ == State::idle) {
        state_ = State::broken;  // the next document would be replaced
    }
}

void Tab::miss(const Json& entry) {
    const std::string url = entry.value("url", "");
    const std::string text = entry.value("text", "");
    if (state_ != State::printing || outcome_.missing.size() >= most_missing) {
        return;
    }
    if (text.starts_with("Not allowed to load local resource: ")) {
        outcome_.missing.push_back(text.substr(text.find(": ") + 2));
    } else if (entry.value("source", "") == "network" && !url.empty()) {
        outcome_.missing.push_back(url);
    }
}

void Tab::refuse(ErrorClass error_class, std::string code, std::string message) {
    outcome_.refusal = plugin::Refusal{.error_class = error_class,
                                       .code = std::move(code),
                                       .message = std::move(message),
                                       .hint = "",
                                       .after = {}};
}

void Tab::finish() {
    if (!went_to_.empty()) {
        refuse(ErrorClass::permanent, "page_error",
               fmt::format("the page leaves for {} by itself (meta refresh)", went_to_));
    }
    state_ = State::finished;
}

void Tab::break_off(const std::string& reason) {
    if (state_ == State::printing) {
        refuse(ErrorClass::retryable, "page_error", reason);
    }
    state_ = State::broken;
}

std::optional<Outcome> Tab::take_outcome() {
    if (state_ != State::finished && !(state_ == State::broken && outcome_.refusal)) {
        return {};
    }
    if (state_ == State::finished) {
        state_ = went_to_.empty() ? State::idle : State::broken;
    }
    return std::exchange(outcome_, {});
}

}  // namespace batch::chromium
