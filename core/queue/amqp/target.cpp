#include "core/queue/amqp/target.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/environment.hpp"
#include "core/os/fd.hpp"
#include "core/queue/amqp/url.hpp"

#include <amqp.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include <fcntl.h>

namespace batch::amqp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_password = 4096;
constexpr int longest_heartbeat = 3600;
constexpr const char* usual_ca_file = "/etc/ssl/certs/ca-certificates.crt";

constexpr std::array<std::string_view, 6> parameters{"auth_mechanism",     "cacertfile", "certfile",
                                                     "connection_timeout", "heartbeat",  "keyfile"};

Error wrong(const std::string& what, std::string hint = {}) {
    return {ErrorKind::config, "queue.url: " + what,
            hint.empty() ? "its form: queue.url = \"amqp://USER@HOST:PORT/VHOST?heartbeat=10\""
                         : std::move(hint)};
}

int number_of(std::string_view name, std::string_view text, int least, int most) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < least ||
        number > most) {
        throw wrong(
            fmt::format("{} must be a number from {} to {}, not \"{}\"", name, least, most, text));
    }
    return number;
}

void take_mechanism(Target& target, std::string_view word) {
    if (word != "plain" && word != "external") {
        throw wrong(
            fmt::format("auth_mechanism must be \"plain\" or \"external\", not \"{}\"", word));
    }
    target.external = word == "external";
}

void take_parameter(Target& target, std::string_view name, std::string_view value) {
    if (name == "heartbeat") {
        target.heartbeat = std::chrono::seconds{number_of(name, value, 1, longest_heartbeat)};
    } else if (name == "connection_timeout") {
        // Never longer than those who wait here allow: a person, a script, a batchd that leaves.
        target.connect_timeout = std::min(
            target.connect_timeout, std::chrono::milliseconds{number_of(name, value, 1, 600'000)});
    } else if (name == "auth_mechanism") {
        take_mechanism(target, value);
    } else if (name == "cacertfile") {
        target.ca_file = value;
    } else if (name == "certfile") {
        target.cert_file = value;
    } else if (name == "keyfile") {
        target.key_file = value;
    } else if (name == "verify" || name == "fail_if_no_peer_cert") {
        throw wrong(
            fmt::format("{} is not offered: the server's certificate is always verified", name),
            "trust your own authority: queue.ca_file = \"/path/ca.pem\"");
    } else if (name == "server_name_indication") {
        throw wrong("server_name_indication is not offered: it is always the host of the URL");
    } else {
        const auto near = closest(name, parameters);
        throw wrong(fmt::format("\"{}\" is no parameter of it{}", name,
                                near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
    }
}

void take_place(Target& target, const Url& url) {
    target.secure = url.secure;
    target.host = url.host.empty() ? "localhost" : url.host;
    target.port = url.port.value_or(url.secure ? secure_port : AMQP_PROTOCOL_PORT);
    target.vhost = url.vhost.value_or("/");
    target.user = url.user.empty() ? "guest" : url.user;
    target.password = url.password.value_or("guest");
    for (const auto& [name, value] : url.query) {
        take_parameter(target, name, value);
    }
}

std::string read_password(const fs::path& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        const Error error = system_error("read " + path.string(), errno);
        throw Error(ErrorKind::config, "queue.password_file: " + std::string(error.what()));
    }
    std::string text = read_all(file.get(), longest_password);
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.pop_back();
    }
    return text;
}

void take_password(Target& target, const Settings::Queue& settings) {
    fs::path file = settings.password_file.value_or(fs::path());
    if (file.empty()) {
        const Environment environment = process_environment();
        const fs::path folder = value_of(environment, "CREDENTIALS_DIRECTORY");
        std::error_code ignored;
        if (!folder.empty() && fs::exists(folder / "queue-password", ignored)) {
            file = folder / "queue-password";
        }
    }
    if (!file.empty()) {
        target.password = read_password(file);
    }
}

void check_certificates(Target& target, const Settings::Queue& settings) {
    if (target.cert_file.empty() != target.key_file.empty()) {
        throw wrong("certfile and keyfile belong together: one of them is missing");
    }
    if (target.external && target.cert_file.empty()) {
        throw wrong("auth_mechanism=external needs a client certificate: certfile and keyfile");
    }
    if (!target.secure && (!target.ca_file.empty() || !target.cert_file.empty())) {
        throw wrong("certificates are for amqps://, and this is amqp://");
    }
    if (!target.secure && settings.ca_file) {
        throw Error(
            ErrorKind::config,
            "queue.ca_file is for amqps://, and queue.url is amqp://: the password would go "
            "over the network in clear",
            "with TLS: queue.url = \"amqps://...\"; without it: leave queue.ca_file away");
    }
    if (settings.ca_file) {
        target.ca_file = *settings.ca_file;
    } else if (target.ca_file.empty()) {
        target.ca_file = usual_ca_file;
    }
}

}  // namespace

std::string Target::name() const {
    return host.find(':') == std::string::npos ? fmt::format("RabbitMQ at {}:{}", host, port)
                                               : fmt::format("RabbitMQ at [{}]:{}", host, port);
}

std::string Target::url() const {
    return fmt::format("{}://{}@{}/{}", secure ? "amqps" : "amqp", user,
                       name().substr(std::string_view("RabbitMQ at ").size()),
                       vhost == "/" ? "" : vhost);
}

Target target_of(const QueuePlace& place) {
    const Settings::Queue& settings = place.settings;
    Target target{.connect_timeout = place.connect_within};
    take_place(target, parse_url(settings.url));
    take_password(target, settings);
    check_certificates(target, settings);
    return target;
}

}  // namespace batch::amqp
