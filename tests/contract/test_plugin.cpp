#include "core/plugin/catalogue.hpp"
#include "core/plugin/conformance.hpp"
#include "core/plugin/jail.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <map>

#include "tree.hpp"

using namespace batch;
using batch::testing::TempFolder;

namespace {

/// Options under which a plugin works; most need none.
std::string options_for(const std::string& name, const TempFolder& folder) {
    const std::map<std::string, std::string> options{
        {"exec", R"({"command":["cat"]})"},
        {"file", R"({"on_collision":"suffix","dir":")" + folder.path().native() + "\"}"},
        {"google-drive", R"({"folder":"x","url":"http://127.0.0.1:1"})"},
        {"chromium", R"({"to":"pdf"})"}};
    const auto found = options.find(name);
    return found == options.end() ? "{}" : found->second;
}

std::vector<InstalledPlugin> shipped() {
    return Catalogue{{BATCH_BINARY_DIR "/libexec/batch/plugins"}}.list();
}

}  // namespace

TEST_CASE("every plugin that ships keeps the protocol", "[contract][plugin]") {
    const auto plugin = GENERATE(from_range(shipped()));
    INFO(plugin.name);
    const TempFolder folder;
    const bool jailed = describe_plugin(plugin.path).jail && !jail_problem();
    const auto checks = check_conformance(
        {.launch = {.program = plugin.path, .jailed = jailed},
         .options = [&](const Manifest&) { return options_for(plugin.name, folder); }});
    for (const ConformanceCheck& check : checks) {
        INFO(check.name << ": " << check.message << " (" << check.mend << ")");
        CHECK(check.result == CheckResult::ok);
    }
}
