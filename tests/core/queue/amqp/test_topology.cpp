#include "core/queue/amqp/declared.hpp"
#include "core/queue/amqp/topology.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace batch::amqp;
using Catch::Contains;

namespace {

std::string differing(const char* argument, const std::string& current) {
    return std::string("RabbitMQ at db1:5672 says: PRECONDITION_FAILED - inequivalent arg '") +
           argument + "' for queue 'docs' in vhost '/': " + current;
}

}  // namespace

TEST_CASE("only versions that are known to be too old are said to be", "[queue]") {
    for (const char* const version : {"3.6.16", "3.7.28-rc.1", "2.8.7", "3.0", "0.9"}) {
        CAPTURE(version);
        CHECK_THAT(shortcoming_of(version), Contains("older than 3.8"));
    }
    for (const char* const version : {"3.8.0", "3.9.29", "3.9"}) {
        CAPTURE(version);
        CHECK_THAT(shortcoming_of(version), Contains("older than 3.10"));
    }
    for (const char* const version :
         {"3.10.0", "3.10", "3.13.7", "4.0.1", "4.3.0-rc.1", "10.0", "", "3", "3.", ".", "new",
          "v3.7", " 3.7", "99999999999.1", "3.99999999999", "\x1b[2J"}) {
        CAPTURE(version);
        CHECK(shortcoming_of(version).empty());
    }
}

TEST_CASE("a refusal names what differs", "[queue]") {
    Refused said = read_refusal(differing(
        "x-queue-type", "received none but current is the value 'quorum' of type 'longstr'"));
    CHECK(said.argument == "x-queue-type");
    CHECK(said.value == "quorum");
    CHECK(said.type == "longstr");
    said = read_refusal(
        differing("x-max-length", "received the value '5' of type 'long' but current is none"));
    CHECK(said.argument == "x-max-length");
    CHECK(said.value == "none");
    said = read_refusal(differing("durable", "received 'true' but current is 'false'"));
    CHECK(said.value == "false");
    CHECK(said.type.empty());
    // A value may say anything.
    said = read_refusal(differing(
        "x-dead-letter-exchange",
        "received none but current is the value 'a but current is 'b' of type 'longstr'"));
    CHECK(said.argument == "x-dead-letter-exchange");
    CHECK(said.value == "a but current is 'b");
    for (const char* const text :
         {"", "PRECONDITION_FAILED - unknown delivery tag 7", "inequivalent arg ''",
          "inequivalent arg 'x", "inequivalent arg 'x' for queue"}) {
        CAPTURE(text);
        CHECK(read_refusal(text).argument.empty());
    }
}

TEST_CASE("what is refused is learned, as far as it is understood", "[queue]") {
    Declared found;
    CHECK(found.text() == "classic, durable=true");
    CHECK(found.learn({"durable", "false", ""}));
    CHECK(found.text() == "classic, durable=false");
    CHECK(found.learn({"x-message-ttl", "60000", "signedint"}));
    CHECK(found.arguments.at("x-message-ttl") == ArgumentValue(std::int64_t{60000}));
    CHECK(found.learn({"x-single-active-consumer", "true", "bool"}));
    CHECK(found.arguments.at("x-single-active-consumer") == ArgumentValue(true));
    CHECK(found.learn({"x-dead-letter-exchange", "", "longstr"}));
    CHECK(found.arguments.at("x-dead-letter-exchange") == ArgumentValue(std::string()));
    CHECK(found.learn({"auto_delete", "true", ""}));
    CHECK(found.text() == "classic, durable=false, auto_delete=true");
    CHECK_FALSE(found.names_type);
    CHECK(found.learn({"x-queue-type", "classic", "longstr"}));
    CHECK(found.names_type);
    CHECK_FALSE(found.learn({}));
    CHECK_FALSE(found.learn({"x-max-length", "none", ""}));
    CHECK_FALSE(found.learn({"x-max-length", "many", "long"}));
    CHECK_FALSE(found.learn({"x-max-length", "9", "table"}));
}
