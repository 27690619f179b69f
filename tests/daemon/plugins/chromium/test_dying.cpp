#include "core/os/escaped.hpp"
#include "core/os/file.hpp"
#include "core/os/poll.hpp"
#include "daemon/plugins/chromium/chromium.hpp"
#include "tests/daemon/plugins/chromium/printer.hpp"
#include "tests/support/wait_until.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>

#include <unistd.h>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("a renderer that is killed is replaced, and its page printed", "[plugins][chromium]") {
    Printer printer;
    printer.send(1, long_page());
    for (const pid_t pid : printer.processes("--type=renderer")) {
        ::kill(pid, SIGKILL);
    }
    CHECK(printer.process.answer()["type"] == "result");
    CHECK(printer.has());
}

TEST_CASE("a page with which the renderer dies again is charged with it", "[plugins][chromium]") {
    Printer printer;
    printer.send(1, long_page(8000));
    for (int i = 0; i < 2; ++i) {
        REQUIRE(wait_until([&] { return printer.is_at_work(); }, 60s));
        const auto renderers = printer.processes("--type=renderer");
        std::ranges::for_each(renderers, [](pid_t pid) { ::kill(pid, SIGKILL); });
        REQUIRE(wait_until([&] { return std::ranges::none_of(renderers, runs); }, 60s));
    }
    const json answer = printer.process.answer();
    CHECK(answer.value("class", "") == "retryable");
    CHECK(answer.value("message", "") == "the page crashed its renderer");
    CHECK(printer.print("<p>next")["type"] == "result");
}

TEST_CASE("a browser that is killed prints its pages all the same", "[plugins][chromium]") {
    Printer printer;
    for (int id = 1; id <= 3; ++id) {
        printer.send(id, long_page());
    }
    ::kill(printer.browser(), SIGKILL);
    for (int i = 0; i < 3; ++i) {
        const json answer = printer.process.answer();
        INFO(answer.dump());
        CHECK(answer["type"] == "result");
        CHECK(printer.has(answer.value("id", 0)));
    }
}

TEST_CASE("a page with which the browser dies again is charged with it", "[plugins][chromium]") {
    Printer printer;
    printer.send(1, long_page(8000));
    REQUIRE(wait_until([&] { return printer.is_at_work(); }, 60s));
    const auto first = printer.processes("--type=renderer");
    ::kill(printer.browser(), SIGKILL);
    REQUIRE(wait_until([&] { return std::ranges::none_of(first, runs); }, 60s));
    REQUIRE(wait_until([&] { return printer.is_at_work(); }, 60s));
    ::kill(printer.browser(), SIGKILL);
    const json answer = printer.process.answer();
    CHECK(answer.value("class", "") == "retryable");
    CHECK(answer.value("message", "") == "the browser died");
    printer.send(2, "<p>next");
    CHECK(printer.process.answer()["type"] == "result");
}

TEST_CASE("a browser that hangs is replaced, and prints its pages all the same",
          "[plugins][chromium]") {
    Printer printer;
    ::kill(printer.browser(), SIGSTOP);
    printer.send(1, "<p>one");
    printer.send(2, "<p>two");
    for (int i = 0; i < 2; ++i) {
        const json answer = printer.process.answer();
        INFO(answer.dump());
        CHECK(answer["type"] == "result");
    }
}

TEST_CASE("a page that never ends is given up at its limit, and the next one is printed",
          "[plugins][chromium]") {
    Printer printer{{{"time_limit", 1}}};
    // Nothing in a page without scripts and network runs for ever: its renderer is stopped.
    const auto renderers = printer.processes("--type=renderer");
    std::ranges::for_each(renderers, [](pid_t pid) { ::kill(pid, SIGSTOP); });
    printer.send(1, "<p>one");
    const json answer = printer.process.answer();
    CHECK(answer["class"] == "retryable");
    CHECK(answer["message"] == "the page was not printed within its time limit");
    std::ranges::for_each(renderers, [](pid_t pid) { ::kill(pid, SIGCONT); });
    printer.send(2, "<p>two", {{"options", {{"time_limit", 60}}}});
    CHECK(printer.process.answer()["type"] == "result");
}

TEST_CASE("a cancelled page is answered at once, and the next one is printed",
          "[plugins][chromium]") {
    Printer printer;
    for (int id = 1; id <= 3; ++id) {
        printer.send(id, long_page());
    }
    printer.process.send({{"type", "cancel"}, {"id", 3}});
    printer.process.send({{"type", "cancel"}, {"id", 1}});
    std::map<int, std::string> said;
    for (int i = 0; i < 3; ++i) {
        const json answer = printer.process.answer();
        said[answer["id"]] = answer.value("class", "done");
    }
    CHECK(said == std::map<int, std::string>{{1, "cancelled"}, {2, "done"}, {3, "cancelled"}});
}

TEST_CASE("nothing of the browser stays when the plugin leaves", "[plugins][chromium]") {
    const std::string jail = GENERATE("required", "off");
    Printer printer{json::object(), jail};
    const auto profiles = [] {
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator{fs::temp_directory_path()}) {
            count += std::size_t{entry.path().filename().native().starts_with("batch-chromium-")};
        }
        return count;
    };
    const std::size_t before = profiles();
    const auto all = descendants();
    CHECK(all.size() > 3);
    printer.process.wire().close_input();
    CHECK(printer.process.wire().wait_exit(BootClock::now() + 30s) == Exit{});
    for (const pid_t pid : all) {
        CHECK(wait_until([&] { return !runs(pid); }, 30s));
    }
    if (jail == "off") {
        CHECK(profiles() < before);
    }
}

namespace {

/// The plugin in this process, with what it answers.
class Driven {
public:
    explicit Driven(chromium::Wear wear)
        : plugin{wear}, pipe{make_pipe()}, out{std::move(pipe.write)} {
        plugin.init({{"options", json::object()}}, out);
        until_frames(1);
    }

    void print(int id) {
        ensure_dir(folder / std::to_string(id));
        plugin.item(static_cast<plugin::ItemId>(id),
                    {{"dir", (folder / std::to_string(id)).native()},
                     {"input", {{"text", "<p>x"}, {"media_type", "text/html"}}}},
                    out);
        plugin.handle({}, out);
        until_frames(frames.size() + 1);
    }

    void until_frames(std::size_t count) {
        const BootTime end = BootClock::now() + 1min;
        while (frames.size() < count && BootClock::now() < end) {
            std::vector<pollfd> fds;
            plugin.watch(fds);
            wait_for_any(fds, 1s);
            plugin.handle(fds, out);
            out.flush();
            read_frames();
        }
        REQUIRE(frames.size() == count);
    }

    void read_frames() {
        pollfd some{.fd = pipe.read.get(), .events = POLLIN, .revents = 0};
        char buffer[4096];
        if (wait_for_any({&some, 1}, 0s)) {
            const auto count = ::read(pipe.read.get(), buffer, sizeof buffer);
            rest.append(buffer, static_cast<std::size_t>(count));
        }
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
            frames.push_back(json::parse(rest.substr(0, end)));
            rest.erase(0, end + 1);
        }
    }

    TempFolder folder;
    chromium::Chromium plugin;
    Pipe pipe;
    plugin::Outbox out;
    std::vector<json> frames;
    std::string rest;
};

}  // namespace

TEST_CASE("tabs and browsers are replaced before they grow old", "[plugins][chromium]") {
    Driven driven{{.tab = 2, .browser = 5}};
    const auto first = descendants().front();
    for (int id = 1; id <= 12; ++id) {
        driven.print(id);
        CHECK(driven.frames.back()["type"] == "result");
    }
    CHECK(driven.frames.size() == 13);
    CHECK(descendants().front() != first);
}
