#pragma once

#include "core/queue/queue.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

namespace batch::amqp {

inline constexpr int secure_port = 5671;  // IANA; without TLS: AMQP_PROTOCOL_PORT

/// Which RabbitMQ is meant, and as whom.
struct Target {
    std::string host;
    int port = 0;
    std::string vhost;
    std::string user;
    std::string password;
    bool secure = false;    ///< TLS
    bool external = false;  ///< the certificate says who we are (SASL EXTERNAL)
    std::filesystem::path ca_file;
    std::filesystem::path cert_file;
    std::filesystem::path key_file;
    std::chrono::seconds heartbeat{10};
    std::chrono::milliseconds connect_timeout{5'000};

    /// "RabbitMQ at db1:5672": how messages begin.
    std::string name() const;

    /// "amqp://ada@db1:5672/": never with the password.
    std::string url() const;
};

/// Reads queue.url (RabbitMQ's URI specification, with the query parameters cacertfile, certfile,
/// keyfile, auth_mechanism, heartbeat and connection_timeout, which only shortens the place's),
/// queue.password_file (else $CREDENTIALS_DIRECTORY/queue-password, systemd.exec(5)) and
/// queue.ca_file.
/// Throws Error{config}, without the password.
Target target_of(const QueuePlace& place);

}  // namespace batch::amqp
