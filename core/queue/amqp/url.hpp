#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batch::amqp {

/// The parts of an address in the form of RabbitMQ's URI specification, without percent signs.
///
/// amqp_parse_url() of rabbitmq-c 0.11 knows no query and no byte above 127.
struct Url {
    bool secure = false;  ///< amqps
    std::string user;     ///< empty: none
    std::optional<std::string> password;
    std::string host;
    std::optional<int> port;
    std::optional<std::string> vhost;  ///< "": a slash without anything behind it
    std::vector<std::pair<std::string, std::string>> query;  ///< names and values, in their order
};

/// Throws Error{config} that quotes nothing of what may be a password.
Url parse_url(std::string_view text);

}  // namespace batch::amqp
