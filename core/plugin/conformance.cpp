#include "core/plugin/conformance.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"
#include "core/plugin/catalogue.hpp"
#include "core/plugin/probe.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto between_pieces = 5ms;
constexpr std::size_t many = 64;                        // items of the full pipe
constexpr std::size_t large = std::size_t{100} * 1024;  // bytes of each
constexpr std::size_t first_pieces = 40;                // bytes that are sent one by one

/// What every item gets beside the row that was asked for.
std::string with_text(const std::string& row, const std::string& text) {
    Json tree = parse_json(row, "the row");
    if (!tree.is_object()) {
        return row;
    }
    tree["text"] = text;
    return dump(tree);
}

/// Every text of the row is replaced, so that it comes back whatever the plugin looks at.
std::string with_all_texts(const std::string& row, const std::string& text) {
    Json tree = parse_json(row, "the row");
    if (!tree.is_object()) {
        return dump(Json(text));
    }
    for (auto& [name, value] : tree.items()) {
        if (value.is_string()) {
            value = text;
        }
    }
    return dump(tree);
}

class TemporaryFolder {
public:
    TemporaryFolder() : path_{(fs::temp_directory_path() / "batch-plugin-test-XXXXXX").native()} {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw system_error("make a temporary folder", errno);
        }
    }

    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class Conformance {
public:
    Conformance(ConformanceTask task, const std::function<void(const ConformanceCheck&)>& seen)
        : task_{std::move(task)}, seen_{seen} {}

    std::vector<ConformanceCheck> run();

private:
    /// Returns what to say of a success; throws Error where it fails.
    using Check = std::string (Conformance::*)();

    struct Row {
        const char* name;
        Check check;
    };

    bool run(const Row& row);
    void report(ConformanceCheck check);
    Probe& started(const std::optional<std::vector<std::string>>& env = {});
    static void exchange(Probe& probe, const std::string& row, const std::string& mend);

    std::string describe();
    std::string handshake();
    std::string answer();
    std::string split();
    std::string huge();
    std::string utf8();
    std::string full_pipe();
    std::string cancel();
    std::string ping();
    std::string end_of_input();
    std::string term();

    ConformanceTask task_;
    const std::function<void(const ConformanceCheck&)>& seen_;
    TemporaryFolder folder_;
    Manifest manifest_;
    std::string options_;
    std::optional<Probe> probe_;
    std::vector<ConformanceCheck> checks_;
};

std::vector<ConformanceCheck> Conformance::run() {
    constexpr std::array rows{Row{"describe", &Conformance::describe},
                              Row{"handshake", &Conformance::handshake},
                              Row{"answer", &Conformance::answer},
                              Row{"split", &Conformance::split},
                              Row{"huge", &Conformance::huge},
                              Row{"utf-8", &Conformance::utf8},
                              Row{"full pipe", &Conformance::full_pipe},
                              Row{"cancel", &Conformance::cancel},
                              Row{"ping", &Conformance::ping},
                              Row{"end of input", &Conformance::end_of_input},
                              Row{"term", &Conformance::term}};
    bool go_on = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!go_on) {
            report({.name = rows.at(i).name, .result = CheckResult::not_run});
            continue;
        }
        const bool good = run(rows.at(i));
        go_on = good || i > 1;  // without a handshake nothing else can be seen
    }
    return checks_;
}

bool Conformance::run(const Row& row) {
    ConformanceCheck check{.name = row.name};
    try {
        check.message = (this->*row.check)();
        check.result = CheckResult::ok;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::usage) {
            throw;  // the options that were typed, not the plugin
        }
        check.result = CheckResult::fail;
        check.message = error.what();
        check.mend = error.hint();
    }
    probe_.reset();
    report(check);
    return check.result == CheckResult::ok;
}

void Conformance::report(ConformanceCheck check) {
    if (seen_) {
        seen_(check);
    }
    checks_.push_back(std::move(check));
}

Probe& Conformance::started(const std::optional<std::vector<std::string>>& env) {
    probe_.emplace(task_, manifest_, fs::path{folder_.path()} / std::to_string(checks_.size()));
    ensure_dir(fs::path{folder_.path()} / std::to_string(checks_.size()));
    probe_->start(options_, env);
    return *probe_;
}

/// One item and its answer; `mend` is what to do if none comes.
void Conformance::exchange(Probe& probe, const std::string& row, const std::string& mend) {
    probe.send(probe.make_item(row));
    try {
        probe.take_all();
    } catch (const Error& error) {
        const bool is_junk = std::string_view{error.what()}.starts_with("line ");
        throw Error(error.kind(), error.what(), is_junk ? error.hint() : mend);
    }
}

std::string Conformance::describe() {
    manifest_ = describe_plugin(task_.launch.program);
    const std::string file = task_.launch.program.filename();
    if (manifest_.name != file) {
        throw Error(ErrorKind::operation,
                    fmt::format("it is called \"{}\", its file \"{}\"", manifest_.name, file),
                    "plugins are found by the name of their file: make the two equal");
    }
    options_ = task_.options ? task_.options(manifest_) : "{}";
    if (manifest_.lint && task_.template_text.name.empty()) {
        task_.template_text = {.name = "test.html",
                               .sha256 =
                                   "0000000000000000000000000000000000000000000000000000000"
                                   "000000000",
                               .source = "<p>{{ name }}</p>\n"};
    }
    const Json schema = parse_json(manifest_.options, "the options");
    const std::size_t count = schema.value("properties", Json::object()).size();
    return fmt::format("protocol {}, {} {}, {}", plugin_protocol, manifest_.name, manifest_.version,
                       plural(static_cast<std::int64_t>(count), "option"));
}

std::string Conformance::handshake() {
    const BootTime start = BootClock::now();
    started();
    return fmt::format("ready after {}",
                       brief(std::chrono::duration_cast<Millis>(BootClock::now() - start)));
}

std::string Conformance::answer() {
    Probe& probe = started();
    const int count = std::min(manifest_.concurrency + 1, 3);
    std::string frames;
    for (int i = 0; i < count; ++i) {
        frames += probe.make_item(task_.row);
    }
    probe.send(frames);
    const std::string said = probe.take_answer();
    probe.take_all();
    probe.ping();  // an answer too many would come before the pong
    return fmt::format("{}, one answer each; the first: {}", plural(count, "item"), said);
}

std::string Conformance::split() {
    Probe& probe = started();
    const std::string frame = probe.make_item(task_.row);
    for (std::size_t i = 0; i < first_pieces; ++i) {
        probe.send(frame.substr(i, 1));
        std::this_thread::sleep_for(between_pieces / 5);
    }
    probe.send(frame.substr(first_pieces, 20));
    std::this_thread::sleep_for(between_pieces);
    probe.send(frame.substr(first_pieces + 20));
    exchange(probe, task_.row,
             "a read may end in the middle of a line, or hold several: collect whole lines");
    return "lines in pieces, and two in one";
}

std::string Conformance::huge() {
    Probe& probe = started();
    const std::string row = with_text(task_.row, std::string(longest_text - 4096, 'x'));
    exchange(probe, row, "a line may have 4 MiB; keep no fixed buffer");
    return fmt::format("a line of {}", bytes_text(row.size()));
}

std::string Conformance::utf8() {
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    Probe& probe = started(std::vector<std::string>{
        "LC_ALL=C", fmt::format("PATH={}", path != nullptr ? path : "/usr/bin:/bin")});
    exchange(
        probe,
        with_all_texts(task_.row, "J\u00fcrgen \u0928\u0947\u0939\u093e \U0001f600 \u2028 \" \\"),
        "frames are UTF-8 whatever the locale is; in Python: "
        "sys.stdout.reconfigure(encoding=\"utf-8\"), and the same of sys.stdin");
    return "names of all the world, in the locale C";
}

std::string Conformance::full_pipe() {
    Probe& probe = started();
    const std::string row = with_text(task_.row, std::string(large, 'x'));
    for (std::size_t sent = 0; sent < many || probe.in_hand() > 0;) {
        if (sent < many && probe.in_hand() < static_cast<std::size_t>(manifest_.concurrency) + 1) {
            probe.send(probe.make_item(row));
            ++sent;
        } else {
            probe.take_answer();
        }
    }
    return fmt::format("{} of {}", plural(many, "item"), bytes_text(large));
}

std::string Conformance::cancel() {
    Probe& probe = started();
    std::string frames;
    append_cancel(frames, 1'000'000);  // nobody's
    frames += probe.make_item(task_.row);
    append_cancel(frames, probe.last_id());
    probe.send(frames);
    probe.take_all();
    exchange(probe, task_.row, "after a cancel the next items are worked on as before");
    return "answered once, and goes on";
}

std::string Conformance::ping() {
    Probe& probe = started();
    probe.send(R"({"type":"news","id":1,"new":{"a":[1]}})" + std::string{"\n"});
    probe.ping();
    std::string drain;
    append_drain(drain);
    const std::string item = probe.make_item(task_.row);
    probe.send(item + drain);
    probe.take_all();
    return "pong; frames it does not know are ignored";
}

std::string Conformance::end_of_input() {
    Probe& probe = started();
    probe.wire().close_input();
    const BootTime start = BootClock::now();
    const auto exit = probe.wire().wait_exit(start + task_.leave);
    if (!exit) {
        throw Error(ErrorKind::operation,
                    fmt::format("it is still there {} after the end of stdin", brief(task_.leave)),
                    "leave when stdin ends");
    }
    if (!exit->ok()) {
        throw Error(ErrorKind::operation,
                    fmt::format("at the end of stdin it left with {}", text_of(*exit)),
                    "leave with exit status 0 when stdin ends");
    }
    return fmt::format("left after {}",
                       brief(std::chrono::duration_cast<Millis>(BootClock::now() - start)));
}

std::string Conformance::term() {
    Probe& probe = started();
    probe.wire().child().signal_group(SIGTERM);
    const auto exit = probe.wire().wait_exit(BootClock::now() + task_.leave);
    if (!exit) {
        throw Error(ErrorKind::operation,
                    fmt::format("it is still there {} after TERM", brief(task_.leave)),
                    "do not ignore TERM; batchd kills what stays");
    }
    return "left";
}

}  // namespace

std::vector<ConformanceCheck> check_conformance(
    const ConformanceTask& task, const std::function<void(const ConformanceCheck&)>& seen) {
    return Conformance{task, seen}.run();
}

}  // namespace batch
