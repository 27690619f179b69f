#include "cli/doctor/checks.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/plugin/wire.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <map>
#include <set>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

/// A script, a language that fontconfig knows it by, and Debian's package that covers it.
struct Script {
    const char* name;
    const char* language;
    const char* package;
};

constexpr std::array scripts{
    Script{"Latin", "en", "fonts-dejavu-core"},
    Script{"Greek", "el", "fonts-dejavu-core"},
    Script{"Cyrillic", "ru", "fonts-dejavu-core"},
    Script{"Arabic", "ar", "fonts-noto-core"},
    Script{"Hebrew", "he", "fonts-noto-core"},
    Script{"Devanagari", "hi", "fonts-noto-core"},
    Script{"Thai", "th", "fonts-noto-core"},
    Script{"Chinese", "zh-cn", "fonts-noto-cjk"},
    Script{"Japanese", "ja", "fonts-noto-cjk"},
    Script{"Korean", "ko", "fonts-noto-cjk"},
    Script{"emoji", "und-zsye", "fonts-noto-color-emoji"},
};

/// Of all installed fonts: ":lang=de|en" on each line of fc-list(1).
std::set<std::string> languages() {
    Wire list = Wire::start({.argv = {"fc-list", ":", "lang"}});
    list.close_input();
    std::set<std::string> all;
    const BootTime deadline = BootClock::now() + patience;
    while (const auto line = list.next_line(deadline)) {
        for (std::string& each : split(line->substr(line->find('=') + 1), '|')) {
            all.insert(std::move(each));
        }
    }
    return all;
}

}  // namespace

void check_fonts(Context&, const Tell& tell) {
    std::set<std::string> covered;
    try {
        covered = languages();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
        tell({"fonts", Health::warn, "fc-list is not installed, so nobody knows which there are",
              "apt install fontconfig"});
        return;
    }
    std::map<std::string, std::vector<std::string>> missing;  // by package
    for (const Script& each : scripts) {
        if (!covered.contains(each.language)) {
            missing[each.package].emplace_back(each.name);
        }
    }
    for (const auto& [package, names] : missing) {
        tell({"fonts", Health::warn, "none covers " + join(names, ", "), "apt install " + package});
    }
    if (missing.empty()) {
        tell({"fonts", Health::ok, "they cover the common scripts and emoji", ""});
    }
}

}  // namespace batch::cli
