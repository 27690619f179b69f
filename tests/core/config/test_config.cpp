#include "core/config/config.hpp"
#include "core/config/keys.hpp"
#include "core/os/file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "tree.hpp"

namespace batch {

namespace {

/// A machine of its own: /etc, a home and an environment.
class Machine {
public:
    Machine() {
        request.etc = root_ / "etc";
        request.environment["HOME"] = (root_ / "home").string();
    }

    std::filesystem::path write(const std::string& name, std::string_view text) {
        const auto path = root_ / name;
        ensure_dir(path.parent_path());
        atomic_write(path, text);
        return path;
    }

    std::filesystem::path user(std::string_view text) {
        return write("home/.config/batch/config.toml", text);
    }

    Config load() const { return load_config(request); }

    Error failure() const {
        try {
            load();
        } catch (const Error& error) {
            return error;
        }
        FAIL("the configuration was accepted");
        throw std::logic_error("not reached");
    }

    ConfigEntry entry(std::string_view key) const {
        const auto all = entries(load());
        return *std::ranges::find(all, key, &ConfigEntry::key);
    }

    const std::filesystem::path& root() const { return root_.path(); }

    ConfigRequest request;

private:
    testing::TempFolder root_;
};

}  // namespace

TEST_CASE("without files and variables everything has its default", "[config]") {
    const Machine machine;
    const Config config = machine.load();
    CHECK(config.settings.state.path == machine.root() / "home/.local/state/batch/state.db");
    CHECK(config.settings.items.retries == 2);
    CHECK(config.settings.queue.url == "local:");
    CHECK(config.files.empty());
    CHECK(config.warnings.empty());
    for (const ConfigEntry& entry : entries(config)) {
        CHECK(entry.origin == "default");
    }
}

TEST_CASE("the defaults are those of the manual", "[config]") {
    const Machine machine;
    std::string text;
    for (const ConfigEntry& entry : entries(machine.load())) {
        text += entry.key + " = " + entry.value + "\n";
    }
    CHECK(text == R"(state.path = "~/.local/state/batch/state.db"
state.retention = "forever"
outputs.keep = "undelivered"
outputs.max_size = "50MiB"
queue.url = "local:"
queue.password_file = ""
queue.ca_file = ""
queue.name = ""
queue.declare = true
queue.envelope = "plain"
workers.count = 0
workers.max = 64
workers.kill_grace = "5s"
workers.drain_timeout = "60s"
items.retries = 2
items.backoff = "1s..1m"
items.timeout = "10m"
items.max_row = "1MiB"
items.log_size = "64KiB"
plugins.path = []
plugins.jail = "required"
plugins.commands = []
auth.issuer = "https://accounts.google.com"
auth.client_file = ""
auth.account = ""
auth.key = "auto"
auth.ca_file = ""
drive.url = "https://www.googleapis.com"
log.format = "auto"
log.level = "info"
)");
}

TEST_CASE("batch-config(5) describes every key with its default", "[config]") {
    const Machine machine;
    const std::string page =
        read_file(BATCH_SOURCE_DIR "/man/batch-config.5.adoc", std::size_t{1} << 20U);
    for (const ConfigEntry& entry : entries(machine.load())) {
        INFO(entry.key);
        CHECK(page.find("\n*" + entry.key + "* = " + entry.value + "::\n") != std::string::npos);
    }
}

TEST_CASE("what config show prints is read back as the same settings", "[config]") {
    Machine machine;
    machine.user(R"(state.path = "~/a \"b\"/state.db"
state.retention = "30d"
plugins.path = ["/a", "~/b"]
items.backoff = "500ms..1h30m"
outputs.max_size = 1000)");
    const auto first = entries(machine.load());
    std::string text;
    for (const ConfigEntry& entry : first) {
        text += entry.key + " = " + entry.value + "\n";
    }
    machine.user(text);
    const auto second = entries(machine.load());
    for (std::size_t index = 0; index < first.size(); ++index) {
        CHECK(first[index].value == second[index].value);
    }
}

TEST_CASE("a later source wins and config show names it", "[config]") {
    Machine machine;
    const auto etc = machine.write("etc/config.toml",
                                   "workers.max = 1\nitems.retries = 1\n"
                                   "items.timeout = '1m'\nlog.level = 'warn'");
    const auto etc_more = machine.write("etc/conf.d/10-a.toml", "workers.max = 2");
    const auto user = machine.user("\n[items]\nretries = 3\ntimeout = '3m'");
    const auto more = machine.write("home/.config/batch/conf.d/b.toml", "items.timeout = '4m'");
    machine.request.environment["BATCH_LOG_LEVEL"] = "debug";
    CHECK(machine.entry("workers.max").origin == etc_more.string() + ":1");
    CHECK(machine.entry("items.retries").value == "3");
    CHECK(machine.entry("items.retries").origin == user.string() + ":3");
    CHECK(machine.entry("items.timeout").value == "\"4m\"");
    CHECK(machine.entry("log.level").origin == "BATCH_LOG_LEVEL");
    CHECK(machine.load().files == std::vector{etc, etc_more, user, more});
}

TEST_CASE("option --config is read instead of all other files", "[config]") {
    Machine machine;
    machine.user("workers.max = 7");
    const auto named = machine.write("named.toml", "items.retries = 9");
    SECTION("as a flag") {
        machine.request.file = named;
    }
    SECTION("as a variable") {
        machine.request.environment["BATCH_CONFIG"] = named.string();
    }
    CHECK(machine.load().settings.workers.max == 64);
    CHECK(machine.load().settings.items.retries == 9);
    CHECK(machine.load().warnings.empty());
}

TEST_CASE("a file named with --config must be there", "[config]") {
    Machine machine;
    machine.request.file = machine.root() / "no.toml";
    CHECK(machine.failure().what() ==
          "cannot read " + (machine.root() / "no.toml").string() + ": no such file or directory");
}

TEST_CASE("option --state wins over the variable", "[config]") {
    Machine machine;
    machine.request.environment["BATCH_STATE_PATH"] = "/v/state.db";
    CHECK(machine.load().settings.state.path == "/v/state.db");
    machine.request.state = "/f/state.db";
    CHECK(machine.load().settings.state.path == "/f/state.db");
    CHECK(machine.entry("state.path").origin == "--state");
}

TEST_CASE("the system mode reads /etc alone", "[config]") {
    Machine machine;
    machine.write("etc/config.toml", "workers.max = 3");
    machine.user("workers.max = 7");
    machine.request.mode = Mode::system;
    CHECK(machine.load().settings.workers.max == 3);
    CHECK(machine.load().settings.state.path == "/var/lib/batch/state.db");
}

TEST_CASE("an unknown key is an error with its place and the nearest known key", "[config]") {
    Machine machine;
    const auto [text, message, line] = GENERATE(table<std::string, std::string, std::size_t>({
        {"[items]\nretires = 3", R"("retires" is no key of [items]; did you mean "retries"?)", 2},
        {"items.zzz = 3", R"("zzz" is no key of [items])", 1},
        {"[item]\nretries = 3", "there is no section [item]; did you mean [items]?", 1},
        {"retries = 3", "there is no section [retries]", 1},
        {"[plugins.path.x]\ny = 1", "plugins.path must be a list of paths, not a table", 1},
    }));
    const auto file = machine.user(text);
    const Error error = machine.failure();
    CHECK(error.what() == message);
    CHECK(error.kind() == ErrorKind::config);
    REQUIRE(error.place());
    CHECK(error.place()->file == file.string());
    CHECK(error.place()->line == line);
}

TEST_CASE("a value of the wrong form says what is expected", "[config]") {
    Machine machine;
    const auto [text, message] = GENERATE(table<std::string, std::string>({
        {"items.retries = 'x'", R"(items.retries must be a whole number, not "x")"},
        {"items.retries = 1.5", "items.retries must be a whole number, not a fraction"},
        {"items.retries = -1", "items.retries must be between 0 and 1000, not -1"},
        {"items.timeout = 30",
         R"(items.timeout must be a duration such as "30s" or "1h30m", not a number)"},
        {"items.timeout = '30'",
         R"(items.timeout must be a duration such as "30s" or "1h30m", not "30")"},
        {"items.timeout = 0", R"(items.timeout must be at least "1ms", not "0")"},
        {"items.backoff = '1m..1s'",
         R"(items.backoff must be two durations, the first not longer, such as "1s..1m", )"
         R"(not "1m..1s")"},
        {"items.max_row = '2MiB'", R"(items.max_row must be between 1 and "1MiB", not "2MiB")"},
        {"log.level = 'loud'", R"(log.level must be one of error, warn, info, debug, not "loud")"},
        {"state.path = 'x.db'",
         R"(state.path must be an absolute path or begin with ~/, not "x.db")"},
        {"plugins.path = '/a'", R"(plugins.path must be a list of paths, not "/a")"},
        {"plugins.path = [1]", "plugins.path must be a list of paths, not a number"},
        {"state.retention = 'never'",
         R"(state.retention must be "forever" or a duration such as "30d", not "never")"},
    }));
    machine.user(text);
    CHECK(machine.failure().what() == message);
}

TEST_CASE("all problems are told at once", "[config]") {
    Machine machine;
    machine.user("items.retires = 3\nitems.timeout = 3\n");
    machine.write("home/.config/batch/conf.d/x.toml", "= 3");
    const Error error = machine.failure();
    CHECK(error.what() == std::string("3 problems in the configuration"));
    REQUIRE(error.details().size() == 3);
    CHECK(error.details()[1].place()->line == 2);
}

TEST_CASE("variables hold every type of value", "[config]") {
    Machine machine;
    machine.request.environment["BATCH_WORKERS_MAX"] = "12";
    machine.request.environment["BATCH_WORKERS_KILL_GRACE"] = "0";
    machine.request.environment["BATCH_ITEMS_MAX_ROW"] = "64KiB";
    machine.request.environment["BATCH_PLUGINS_PATH"] = "/a:~/b";
    machine.request.environment["BATCH_LOG_FORMAT"] = "";  // empty is as good as not set
    const Settings settings = machine.load().settings;
    CHECK(settings.workers.max == 12);
    CHECK(settings.workers.kill_grace == Millis{0});
    CHECK(settings.items.max_row == 64U * 1024U);
    CHECK(settings.plugins.path ==
          std::vector<std::filesystem::path>{"/a", machine.root() / "home/b"});
    CHECK(machine.entry("workers.max").origin == "BATCH_WORKERS_MAX");
}

TEST_CASE("a wrong variable is an error that names it", "[config]") {
    Machine machine;
    machine.request.environment["BATCH_WORKERS_MAX"] = "many";
    CHECK(machine.failure().what() ==
          std::string(R"(BATCH_WORKERS_MAX must be a whole number, not "many")"));
}

TEST_CASE("an unknown BATCH_ variable is a warning with the nearest", "[config]") {
    Machine machine;
    machine.request.environment["BATCH_STAT_PATH"] = "/x";
    machine.request.environment["BATCH_ITEM_KEY"] = "a command's environment is no mistake";
    CHECK(machine.load().warnings ==
          std::vector<std::string>{
              "the variable BATCH_STAT_PATH means nothing; did you mean BATCH_STATE_PATH?"});
}

TEST_CASE("no two keys spell the same variable", "[config]") {
    std::set<std::string> names;
    for (const ConfigKey& key : config_keys()) {
        CHECK(names.insert(variable_of(key.name)).second);
    }
}

TEST_CASE("another queue is refused without its password", "[config]") {
    Machine machine;
    const auto file = machine.user("queue.url = 'redis://me:secret@host'");
    const Error error = machine.failure();
    CHECK(error.what() ==
          "queue.url (" + file.string() + R"(:1): this version has no queue "redis:")");
    CHECK(error.hint() ==
          R"(one of: "local:", which needs no server, "amqp://HOST", "amqps://HOST")");
}

TEST_CASE("a misspelt kind of queue is told apart", "[config]") {
    Machine machine;
    machine.user("queue.url = 'ampq://me:secret@host'");
    CHECK(std::string(machine.failure().what())
              .ends_with(R"(this version has no queue "ampq:"; did you mean "amqp:"?)"));
    machine.user("queue.url = 'amqp:host'");
    CHECK(std::string(machine.failure().what()).ends_with(R"(this version has no queue "amqp:")"));
}

TEST_CASE("config paths lists what is read and what could be", "[config]") {
    Machine machine;
    const auto file = machine.user("plugins.path = ['/p']");
    const auto list = paths(machine.load());
    const auto found = std::ranges::find(list, file, &ConfigPath::path);
    REQUIRE(found != list.end());
    CHECK(found->exists);
    CHECK_FALSE(list.front().exists);
}

}  // namespace batch
