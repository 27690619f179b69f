#include "cli/report.hpp"

#include "core/base/json.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

namespace batch::cli {
namespace {

constexpr std::size_t most_shown = 10;

constinit ReportStyle style;

Json to_json(const Error& error) {
    Json where = nullptr;
    if (const auto& place = error.place()) {
        where = {{"file", place->file},
                 {"line", place->line == 0 ? Json(nullptr) : Json(place->line)},
                 {"column", place->column == 0 ? Json(nullptr) : Json(place->column)}};
    }
    Json details = Json::array();
    for (const Error& each : error.details()) {
        details.push_back(to_json(each));
    }
    return {{"code", error.code()},
            {"message", error.what()},
            {"hint", error.hint().empty() ? Json(nullptr) : Json(for_same_state(error.hint()))},
            {"where", where},
            {"retryable", error.kind() == ErrorKind::unavailable},
            {"details", details}};
}

void print_place(const Place& place, std::string_view message) {
    std::string where = place.file;
    if (place.line > 0) {
        where += fmt::format(":{}", place.line);
    }
    if (place.column > 0) {
        where += fmt::format(":{}", place.column);
    }
    put_err(fmt::format("{}: error: {}\n", printable(where), printable(message)));
}

void print_details(const Error& error) {
    std::size_t shown = 0;
    for (const Error& each : error.details()) {
        if (shown++ == most_shown) {
            put_err(fmt::format("and {} more\n", error.details().size() - most_shown));
            break;
        }
        if (each.place()) {
            print_place(*each.place(), each.what());
        } else {
            put_err(fmt::format("batchctl: error: {}\n", printable(each.what())));
        }
    }
}

}  // namespace

void set_report_style(ReportStyle wanted) {
    style = std::move(wanted);
}

// A command of ours stands at the end of a hint; what it hands on to others stands behind " -- ".
std::string for_same_state(std::string_view hint) {
    std::string text(hint);
    const auto command = text.rfind("batchctl ");
    const bool has_one = command == 0 || (command != std::string::npos && text[command - 1] == ' ');
    if (!has_one || text.find("--state", command) != std::string::npos ||
        text.ends_with(" --help")) {
        return text;
    }
    return text.insert(std::min(text.size(), text.find(" -- ", command)), style.where);
}

int report(const Error& error) {
    const int status = exit_status(error.kind());
    if (style.json) {
        const Json object{{"v", 1}, {"error", to_json(error)}, {"exit_code", status}};
        put_err(printable_lines(dump(object) + "\n"));
        return status;
    }
    print_details(error);
    if (error.place() && error.details().empty()) {
        print_place(*error.place(), error.what());
    } else {
        put_err(fmt::format("batchctl: error: {}\n", printable(error.what())));
    }
    hint(error.hint());
    return status;
}

void warn(std::string_view message, std::string_view advice) {
    put_err(fmt::format("batchctl: warning: {}\n", printable(message)));
    hint(advice);
}

void note(std::string_view message) {
    if (!style.quiet) {
        put_err(fmt::format("note: {}\n", printable(message)));
    }
}

void hint(std::string_view message) {
    if (!message.empty()) {
        put_err(fmt::format("hint: {}\n", printable(for_same_state(message))));
    }
}

void say(std::string_view line) {
    if (!style.quiet) {
        say_always(line);
    }
}

void put_err(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return;
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

void say_always(std::string_view line) {
    put_err(fmt::format("{}\n", printable(line)));
}

}  // namespace batch::cli
