#include "tests/daemon/plugins/chromium/printer.hpp"

#include "core/base/error.hpp"
#include "core/os/escaped.hpp"
#include "core/os/file.hpp"
#include "core/os/process.hpp"
#include "core/plugin/wire.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>

namespace batch::testing {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Processor time, in hundredths of a second.
long ticks(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(stat, line);
    std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
    std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
    return words.size() > 12 ? std::stol(words[11]) + std::stol(words[12]) : 0;
}

std::string command_line(pid_t pid) {
    try {
        std::string words = read_file("/proc/" + std::to_string(pid) + "/cmdline", 100'000);
        std::ranges::replace(words, '\0', ' ');
        return words;
    } catch (const Error&) {
        return {};  // it is gone
    }
}

}  // namespace

std::string output_of(const std::vector<std::string>& argv) {
    Wire wire = Wire::start({.argv = argv});
    std::string output;
    while (const auto line = wire.next_line(BootClock::now() + std::chrono::minutes{1})) {
        output += *line + "\n";
    }
    return output;
}

Printer::Printer() : Printer{json::object()} {}

Printer::Printer(const json& options, const std::string& jail)
    : process{"chromium", options, std::nullopt, jail} {
    INFO(process.ready().dump());
    REQUIRE(process.ready()["type"] == "ready");
}

void Printer::send(int id, const std::string& html) {
    send(id, html, json::object());
}

void Printer::send(int id, const std::string& html, const json& more) {
    const fs::path dir = folder / std::to_string(id);
    const fs::path page = folder / ("in" + std::to_string(id));
    ensure_dir(dir);
    atomic_write(page, html);
    const json file{{"path", page.native()}, {"media_type", "text/html"}};
    json frame{{"type", "item"},      {"id", id},
               {"index", id},         {"key", "B/1"},
               {"dir", dir.native()}, {"input", {{"files", {file}}}}};
    frame.update(more);
    process.send(frame);
}

json Printer::print(const std::string& html) {
    return print(html, json::object());
}

json Printer::print(const std::string& html, const json& more) {
    send(1, html, more);
    return process.answer();
}

fs::path Printer::pdf(int id) const {
    return folder / std::to_string(id) / "page.pdf";
}

std::string Printer::text(int id) const {
    return output_of({"pdftotext", pdf(id).native(), "-"});
}

bool Printer::has(int id) const {
    return fs::exists(pdf(id)) && read_file(pdf(id), 100'000'000).starts_with("%PDF-");
}

std::vector<pid_t> Printer::processes(const std::string& part) {
    std::vector<pid_t> found = descendants();
    std::erase_if(found, [&](pid_t pid) {
        const std::string words = command_line(pid);
        return words.starts_with("bwrap ") || words.find("headless-shell") == std::string::npos ||
               words.find(part) == std::string::npos;
    });
    return found;
}

pid_t Printer::browser() {
    std::vector<pid_t> found = processes("--remote-debugging-pipe");
    std::erase_if(found, [](pid_t pid) {  // its helpers have a type
        return command_line(pid).find(" --type=") != std::string::npos;
    });
    REQUIRE(found.size() == 1);
    return found.front();
}

bool Printer::is_at_work() {
    const auto all = processes("--type=renderer");
    return std::ranges::any_of(all, [](pid_t pid) { return ticks(pid) >= 25; });
}

std::string long_page(int rows) {
    std::string html = "<table>";
    for (int i = 0; i < rows; ++i) {
        html += "<tr><td>row " + std::to_string(i) + "<td><b>cell</b></tr>";
    }
    return html;
}

bool runs(pid_t pid) {
    const auto stat = stat_of(pid);
    return stat && stat->state != 'Z';
}

}  // namespace batch::testing
