// A plugin to measure with: it does no more than it must, so what is seen is batchd's share.
//
//     --step probe                 gives each row back
//     --step probe:nap_ms=5        sleeps before it answers
//     --step probe:stamp=true      gives the moment at which the item came (CLOCK_MONOTONIC, ns)
//     --step probe:journal=FILE    first appends the item's index to FILE, a line each
//     --step probe:later_ms=60000  wants to be asked again later instead
//
// The name of its file says how many items it is sent at once: 256, or 1 for probe-alone.

#include <nlohmann/json.hpp>

#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace {

struct Options {
    long nap_ms = 0;
    long later_ms = 0;
    bool stamp = false;
    int journal = -1;
};

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count <= 0) {
            _exit(1);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string describe(bool alone) {
    const nlohmann::json options{{"type", "object"},
                                 {"properties",
                                  {{"nap_ms", {{"type", "integer"}}},
                                   {"later_ms", {{"type", "integer"}}},
                                   {"stamp", {{"type", "boolean"}}},
                                   {"journal", {{"type", "string"}}}}},
                                 {"additionalProperties", false}};
    return nlohmann::json{{"protocol", 1},
                          {"name", alone ? "probe-alone" : "probe"},
                          {"version", "1"},
                          {"in", {"*/*"}},
                          {"out", {"application/json"}},
                          {"concurrency", alone ? 1 : 256},
                          {"options", options}}
        .dump();
}

Options options_of(std::string_view init) {
    const auto frame = nlohmann::json::parse(init);
    const auto options = frame.value("options", nlohmann::json::object());
    Options result;
    result.nap_ms = options.value("nap_ms", 0L);
    result.later_ms = options.value("later_ms", 0L);
    result.stamp = options.value("stamp", false);
    if (const auto path = options.value("journal", std::string()); !path.empty()) {
        result.journal = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
    return result;
}

/// What stands behind `"name":` up to `end`; frames are written in one fixed way.
std::string_view member(std::string_view line, std::string_view name, std::string_view end) {
    const std::size_t begin = line.find(name) + name.size();
    return line.substr(begin, line.find(end, begin) - begin);
}

class Probe {
public:
    void take(std::string_view line);
    void flush();

private:
    void item(std::string_view line);

    Options options_;
    std::string answers_;
    std::string indexes_;
};

void Probe::take(std::string_view line) {
    if (line.starts_with(R"({"type":"item")")) {
        item(line);
    } else if (line.starts_with(R"({"type":"init")")) {
        options_ = options_of(line);
        answers_ += "{\"type\":\"ready\"}\n";
    } else if (line.starts_with(R"({"type":"ping")")) {
        answers_ += "{\"type\":\"pong\"}\n";
    }
}

void Probe::item(std::string_view line) {
    if (options_.later_ms > 0) {
        answers_.append(R"({"type":"error","class":"throttled","code":"later","message":"","id":)")
            .append(member(line, "\"id\":", ","))
            .append(",\"after_ms\":")
            .append(std::to_string(options_.later_ms))
            .append("}\n");
        return;
    }
    if (options_.journal >= 0) {
        indexes_.append(member(line, "\"index\":", ",")).append(1, '\n');
    }
    answers_.append(R"({"type":"result","id":)").append(member(line, "\"id\":", ","));
    answers_.append(R"(,"value":)");
    if (options_.stamp) {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC, &now);
        answers_.append(std::to_string(now.tv_sec * 1'000'000'000 + now.tv_nsec));
    } else {
        const std::size_t row = line.find("\"row\":") + 6;
        answers_.append(line.substr(row, line.size() - row - 1));
    }
    answers_.append("}\n");
    if (options_.nap_ms > 0) {
        const timespec nap{options_.nap_ms / 1000, options_.nap_ms % 1000 * 1'000'000};
        nanosleep(&nap, nullptr);
        flush();
    }
}

void Probe::flush() {
    if (!indexes_.empty()) {
        write_all(options_.journal, indexes_);
        indexes_.clear();
    }
    write_all(STDOUT_FILENO, answers_);
    answers_.clear();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1) {
        write_all(STDOUT_FILENO, describe(std::string_view(argv[0]).ends_with("-alone")) + "\n");
        return 0;
    }
    Probe probe;
    std::string in(std::size_t{1} << 18, '\0');
    std::size_t have = 0;
    for (;;) {
        if (have == in.size()) {
            in.resize(in.size() * 2);
        }
        const ssize_t count = ::read(STDIN_FILENO, in.data() + have, in.size() - have);
        if (count <= 0) {
            return 0;
        }
        have += static_cast<std::size_t>(count);
        std::size_t begin = 0;
        while (const void* end = std::memchr(in.data() + begin, '\n', have - begin)) {
            const char* const stop = static_cast<const char*>(end);
            probe.take({in.data() + begin, static_cast<std::size_t>(stop - in.data()) - begin});
            begin = static_cast<std::size_t>(stop - in.data()) + 1;
        }
        probe.flush();
        std::memmove(in.data(), in.data() + begin, have - begin);
        have -= begin;
    }
}
