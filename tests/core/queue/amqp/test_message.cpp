#include "core/base/json.hpp"
#include "core/queue/amqp/message.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <random>

namespace batch::amqp {
namespace {

constexpr const char* id = "01a219be-b1fa-77fc-aee1-abc99565d028";

Message with_body(std::string body) {
    const std::size_t size = body.size();
    return {.body = std::move(body), .size = size};
}

std::string plain() {
    return std::string(R"({"batchId":")") + id + "\"}";
}

Understood understood(const std::string& body) {
    return understand(with_body(body), "7c1e9a04");
}

TEST_CASE("a doorbell is understood in either form", "[queue][amqp]") {
    for (const std::string& body :
         {plain(), R"({"v":1,"more":[1],"batchId":")" + std::string(id) + "\"}",
          R"({"pattern":"process-batch","data":)" + plain() + "}"}) {
        const Understood found = understood(body);
        CHECK(found.problem.empty());
        CHECK(found.bell.batch_id == id);
        CHECK_FALSE(found.bell.number);
        CHECK_FALSE(found.is_ours);
        CHECK_FALSE(found.request_id);
    }
}

TEST_CASE("a request of NestJS names what its answer is for", "[queue][amqp]") {
    const Understood found =
        understood(R"({"pattern":"process-batch","data":)" + plain() + R"(,"id":"2b84"})");
    CHECK(found.request_id == "2b84");
    CHECK(understood(R"({"pattern":"process-batch","data":{},"id":"2b84"})").request_id == "2b84");
    CHECK(understood(R"({"pattern":"other","data":{},"id":"2b84"})").request_id == "2b84");
}

TEST_CASE("the headers say which doorbell of which state file it is", "[queue][amqp]") {
    Message message = with_body(plain());
    message.headers = {{"x-bell", std::int64_t{7}}, {"x-state", "7c1e9a04"}};
    CHECK(understand(message, "7c1e9a04").bell.number == 7);
    CHECK(understand(message, "7c1e9a04").is_ours);
    CHECK(understand(message, "ffffffff").problem == "it is for the state file 7c1e9a04");
    message.headers["x-state"] = std::string(100'000, ':');
    CHECK(understand(message, "7c1e9a04").problem.size() < 100);
    message.headers["x-state"] = "7c1e9a04";
    message.headers["x-bell"] = "8";
    CHECK(understand(message, "7c1e9a04").bell.number == 8);
    for (const HeaderValue& wrong : {HeaderValue("eight"), HeaderValue(std::int64_t{1} << 40)}) {
        message.headers["x-bell"] = wrong;
        CHECK(understand(message, "7c1e9a04").problem == "its x-bell is no number");
    }
}

TEST_CASE("what is no doorbell is told why", "[queue][amqp]") {
    for (const std::string body :
         {"", "null", "7", "[]", "{}", "hello", R"({"batchId":7})", R"({"batchId":null})",
          R"({"batchId":"../../etc/passwd"})", R"({"batchId":"' OR 1=1 --"})",
          R"({"batchId":"0e4c2a11"})", R"({"pattern":"process-batch"})",
          R"({"pattern":"process-batch","data":[]})", R"({"pattern":7,"data":{}})",
          "{\"batchId\":\"\xff\"}", "\xff\xfe"}) {
        CAPTURE(body);
        CHECK_FALSE(understood(body).problem.empty());
    }
    CHECK_FALSE(understood(std::string(1000, '[')).problem.empty());
    const std::string newer = R"({"v":2,"batchId":")" + std::string(id) + "\"}";
    CHECK(understood(newer).problem.starts_with("unsupported_version"));
    CHECK(understand({.size = 10'000'000}, "7c1e9a04").problem == "it has 10000000 bytes");
}

TEST_CASE("a member that stands there twice is none", "[queue][amqp]") {
    const std::string twice = R"({"batchId":"nonsense",)" + plain().substr(1);
    for (const std::string& body :
         {twice, R"({"pattern":"process-batch","data":)" + twice + "}",
          R"({"data":{},"pattern":"process-batch","data":)" + plain() + "}",
          R"({"batch\u0049d":"nonsense",)" + plain().substr(1)}) {
        CHECK(understood(body).problem == "a member stands in it twice");
    }
    CHECK(understood(R"({"other":{"batchId":"x"},)" + plain().substr(1)).problem.empty());
    const std::string request = R"({"pattern":"process-batch","id":"2b84","data":)" + twice + "}";
    CHECK(understood(request).problem == "a member stands in it twice");
    CHECK(understood(request).request_id == "2b84");
}

TEST_CASE("whatever comes, it is understood or not", "[queue][amqp]") {
    std::mt19937 random(20261126);
    const std::string good = R"({"pattern":"process-batch","data":)" + plain() + "}";
    for (int i = 0; i < 20'000; ++i) {
        std::string body = good;
        for (std::size_t changes = random() % 4 + 1; changes > 0; --changes) {
            body[random() % body.size()] = static_cast<char>(random());
        }
        const Understood found = understood(body.substr(0, random() % body.size() + 1));
        CHECK((!found.problem.empty() || found.bell.batch_id.size() == 36));
    }
}

TEST_CASE("what is published can be understood by ourselves and by NestJS", "[queue][amqp]") {
    QueuePlace place{.state_id = "7c1e9a04", .program = "batchd"};
    for (const Envelope envelope : {Envelope::plain, Envelope::nestjs}) {
        place.settings.envelope = envelope;
        Message message = doorbell_message({id, 3}, place);
        message.size = message.body.size();
        CHECK(message.persistent);
        CHECK(message.content_type == "application/json");
        CHECK(message.app_id == "batchd");
        CHECK(message.timestamp);
        CHECK(message.message_id.size() == 36);
        const Understood found = understand(message, "7c1e9a04");
        CHECK(found.bell.batch_id == id);
        CHECK(found.bell.number == 3);
        CHECK(found.is_ours);
    }
}

TEST_CASE("an answer says what NestJS waits for", "[queue][amqp]") {
    const Message request{.correlation_id = "2b84"};
    const Message accepted = answer_to(request, "2b84", id, "");
    CHECK(accepted.correlation_id == "2b84");
    CHECK(parse_json(accepted.body, "it")["response"]["batchId"] == id);
    CHECK(parse_json(accepted.body, "it")["isDisposed"] == true);
    CHECK(parse_json(answer_to(request, "2b84", id, "no batch").body, "it")["err"] == "no batch");
}

}  // namespace
}  // namespace batch::amqp
