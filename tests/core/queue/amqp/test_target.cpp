#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "core/queue/amqp/target.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

using namespace batch;
using namespace std::chrono_literals;
using amqp::Target;
using batch::testing::TempFolder;
using Catch::Contains;
using Catch::Equals;

namespace {

/// Where systemd would put a unit's secrets, while this object lives.
class Credentials {
public:
    explicit Credentials(const std::filesystem::path& folder) {
        ::setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1);
    }

    ~Credentials() { ::unsetenv("CREDENTIALS_DIRECTORY"); }

    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;
};

Settings::Queue settings_for(const std::string& url) {
    Settings::Queue settings;
    settings.url = url;
    return settings;
}

Target target_of(const std::string& url) {
    return amqp::target_of({.settings = settings_for(url)});
}

/// What is said of a URL that cannot be used, with the hint behind it.
std::string said_of(const std::string& url) {
    try {
        target_of(url);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        return std::string(error.what()) + " / " + error.hint();
    }
}

}  // namespace

TEST_CASE("what a URL does not say is as RabbitMQ has it", "[queue][amqp]") {
    const Target target = target_of("amqp://db1");
    CHECK(target.host == "db1");
    CHECK(target.port == 5672);
    CHECK(target.vhost == "/");
    CHECK(target.user == "guest");
    CHECK(target.password == "guest");
    CHECK_FALSE(target.secure);
    CHECK_FALSE(target.external);
    CHECK(target.heartbeat == 10s);
    CHECK(target.connect_timeout == 5s);
    CHECK(target.name() == "RabbitMQ at db1:5672");
    CHECK(target.url() == "amqp://guest@db1:5672/");
}

TEST_CASE("TLS has a port of its own and the authorities of the system", "[queue][amqp]") {
    const Target target = target_of("amqps://db1");
    CHECK(target.secure);
    CHECK(target.port == 5671);
    CHECK(target.ca_file == "/etc/ssl/certs/ca-certificates.crt");
    CHECK(target.url() == "amqps://guest@db1:5671/");
    CHECK(target_of("amqps://db1:5672").port == 5672);
}

TEST_CASE("a URL says where and as whom", "[queue][amqp]") {
    const Target target = target_of("amqp://ada:secret@db1.example:1234/batches");
    CHECK(target.host == "db1.example");
    CHECK(target.port == 1234);
    CHECK(target.vhost == "batches");
    CHECK(target.user == "ada");
    CHECK(target.password == "secret");
    CHECK(target.url() == "amqp://ada@db1.example:1234/batches");
}

TEST_CASE("percent signs stand for what a URL cannot hold", "[queue][amqp]") {
    const Target target = target_of("amqp://a%40b:p%2F%3a%40%3F%25@h%6fst/v%2fw");
    CHECK(target.user == "a@b");
    CHECK(target.password == "p/:@?%");
    CHECK(target.host == "host");
    CHECK(target.vhost == "v/w");
    CHECK(target_of("amqp://h/%2F").vhost == "/");
}

TEST_CASE("characters beyond ASCII stand for themselves or as percent signs", "[queue][amqp]") {
    CHECK(target_of("amqp://ada:\xC3\xA9@h").password == "\xC3\xA9");
    CHECK(target_of("amqp://ada:%C3%A9@h").password == "\xC3\xA9");
}

TEST_CASE("a slash at the end is the vhost without a name", "[queue][amqp]") {
    CHECK(target_of("amqp://h/").vhost.empty());
    CHECK(target_of("amqp://h/?heartbeat=20").vhost.empty());
    CHECK(target_of("amqp://h?heartbeat=20").vhost == "/");
}

TEST_CASE("an address of IPv6 stands in brackets", "[queue][amqp]") {
    const Target target = target_of("amqp://ada@[fe80::1]:1234/v");
    CHECK(target.host == "fe80::1");
    CHECK(target.port == 1234);
    CHECK(target.name() == "RabbitMQ at [fe80::1]:1234");
    CHECK(target.url() == "amqp://ada@[fe80::1]:1234/v");
    CHECK(target_of("amqp://[::1]").port == 5672);
}

TEST_CASE("parameters follow a question mark", "[queue][amqp]") {
    const Target target = target_of(
        "amqps://h/v?heartbeat=30&connection_timeout=1500&cacertfile=/ca.pem"
        "&certfile=/c.pem&keyfile=/k.pem&auth_mechanism=external");
    CHECK(target.vhost == "v");
    CHECK(target.heartbeat == 30s);
    CHECK(target.connect_timeout == 1500ms);
    CHECK(target.ca_file == "/ca.pem");
    CHECK(target.cert_file == "/c.pem");
    CHECK(target.key_file == "/k.pem");
    CHECK(target.external);
    CHECK_FALSE(target_of("amqp://h?auth_mechanism=plain").external);
}

TEST_CASE("a URL makes nobody wait longer for a connection than is usual", "[queue][amqp]") {
    CHECK(target_of("amqp://h?connection_timeout=600000").connect_timeout == 5s);
    CHECK(amqp::target_of({.settings = settings_for("amqp://h?connection_timeout=20000"),
                           .connect_within = Millis{1'000}})
              .connect_timeout == 1s);
}

TEST_CASE("a path may hold what a URL writes with percent signs", "[queue][amqp]") {
    CHECK(target_of("amqps://h?cacertfile=/my%20ca.pem").ca_file == "/my ca.pem");
}

TEST_CASE("a setting is stronger than the URL", "[queue][amqp]") {
    Settings::Queue settings = settings_for("amqps://h?cacertfile=/url.pem");
    settings.ca_file = "/setting.pem";
    CHECK(amqp::target_of({.settings = settings}).ca_file == "/setting.pem");
}

TEST_CASE("a mistake in a URL is named", "[queue][amqp]") {
    const auto* const form = "its form: queue.url = \"amqp://USER@HOST:PORT/VHOST?heartbeat=10\"";
    const std::string no_port = "its port is no number from 1 to 65535";
    for (const auto& [url, why] : std::initializer_list<std::pair<const char*, std::string>>{
             {"amqp://h:port", no_port},
             {"amqp://h:70000", no_port},
             {"amqp://h:", no_port},
             {"amqp://[::1", "its [ has no ]"},
             {"amqp://[::1]x", "behind its ] stands something else than a port"},
             {"amqp://h%zz", "its % is followed by no two hex digits; a % itself is written %25"},
             {"amqp://a@b@h", "an @ in the password is written %40"},
             {"amqp://h/v/w", "a / in the vhost or the password is written %2F"},
             {"amqp://a:p?b@h", "a ? in the password is written %3F"},
             {"amqp://a:b:c@h", "a colon in the password is written %3A"}}) {
        CAPTURE(url);
        CHECK_THAT(said_of(url), Equals("queue.url: " + why + " / " + form));
    }
    CHECK_THAT(said_of("amqp://h?hartbeat=10"),
               Equals("queue.url: \"hartbeat\" is no parameter of it; did you mean "
                      "\"heartbeat\"? / " +
                      std::string(form)));
    CHECK_THAT(said_of("amqp://h?heartbeat"), Contains("\"heartbeat\" has no value"));
    CHECK_THAT(said_of("amqp://h?colour=red"), Contains("\"colour\" is no parameter of it /"));
    CHECK_THAT(said_of("amqps://h?server_name_indication=x"),
               Contains("server_name_indication is not offered: it is always the host of the URL"));
    for (const char* const value : {"", "0", "-1", "3601", "10s", "1e1"}) {
        CAPTURE(value);
        CHECK_THAT(said_of(std::string("amqp://h?heartbeat=") + value),
                   Contains("heartbeat must be a number from 1 to 3600"));
    }
    CHECK_THAT(said_of("amqp://h?auth_mechanism=amqplain"),
               Contains("auth_mechanism must be \"plain\" or \"external\", not \"amqplain\""));
}

TEST_CASE("whom we trust is not for a URL to lower", "[queue][amqp]") {
    for (const char* const word :
         {"verify=verify_none", "verify=verify_peer", "fail_if_no_peer_cert=false"}) {
        CAPTURE(word);
        CHECK_THAT(
            said_of(std::string("amqps://h?") + word),
            Contains("the server's certificate is always verified") && Contains("queue.ca_file"));
    }
}

TEST_CASE("certificates that cannot be used are named before a connection", "[queue][amqp]") {
    CHECK_THAT(said_of("amqps://h?certfile=/c.pem"), Contains("belong together"));
    CHECK_THAT(said_of("amqps://h?keyfile=/k.pem"), Contains("belong together"));
    CHECK_THAT(said_of("amqps://h?auth_mechanism=external"),
               Contains("needs a client certificate"));
    CHECK_THAT(said_of("amqp://h?cacertfile=/ca.pem"), Contains("certificates are for amqps://"));
    CHECK_THAT(said_of("amqp://h?certfile=/c.pem&keyfile=/k.pem"),
               Contains("certificates are for amqps://"));
    Settings::Queue settings = settings_for("amqp://h");
    settings.ca_file = "/ca.pem";
    CHECK_THROWS_WITH(amqp::target_of({.settings = settings}),
                      Contains("queue.ca_file is for amqps://") && Contains("in clear"));
}

TEST_CASE("a password stands in the URL, with the unit's credentials or in a file, the last wins",
          "[queue][amqp]") {
    const TempFolder folder;
    Settings::Queue settings = settings_for("amqp://ada:in-url@h");
    const auto password = [&settings] { return amqp::target_of({.settings = settings}).password; };
    CHECK(password() == "in-url");
    const Credentials credentials(folder.path());
    CHECK(password() == "in-url");
    atomic_write(folder / "queue-password", "of-unit\n");
    CHECK(password() == "of-unit");
    atomic_write(folder / "file", "in file \r\n");
    settings.password_file = folder / "file";
    CHECK(password() == "in file ");
    settings.password_file = folder / "none";
    CHECK_THROWS_WITH(password(), Contains("queue.password_file: cannot read") &&
                                      Contains("no such file or directory"));
}

TEST_CASE("a password is in no message", "[queue][amqp]") {
    for (const char* const form : {"amqp://ada:{}@h:port", "amqp://ada:p@{}@h", "amqp://ada:p/{}@h",
                                   "amqp://ada:5?{}@h", "amqp://ada:5?{}=@h", "amqp://ada:%zz{}@h",
                                   "amqp://ada:{}@h?hartbeat=3", "amqp://ada:{}@h?verify=no"}) {
        std::string url = form;
        url.replace(url.find("{}"), 2, "canary");
        CAPTURE(url);
        const std::string said = said_of(url);
        CHECK_FALSE(said.empty());
        CHECK_THAT(said, !Contains("canary"));
    }
    const Target target = target_of("amqp://ada:canary@h");
    CHECK_THAT(target.url() + target.name(), !Contains("canary"));
}
