// What RabbitMQ alone can do, by the bare library: the limit of what goes through it.
//     limit_amqp confirms PORT VHOST COUNT   one by one, each confirmed: prints "WALL CPU" in s
//     limit_amqp once PORT VHOST             connects, publishes one, confirmed; that is all, and
//                                            the queue is there

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace {

constexpr const char* queue = "limit";

void require(bool condition, const char* what) {
    if (!condition) {
        std::fprintf(stderr, "limit_amqp: cannot %s\n", what);
        std::exit(1);
    }
}

void require(const amqp_rpc_reply_t& reply, const char* what) {
    require(reply.reply_type == AMQP_RESPONSE_NORMAL, what);
}

double seconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

amqp_connection_state_t connect(int port, const char* vhost) {
    const amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t* const socket = amqp_tcp_socket_new(connection);
    require(amqp_socket_open(socket, "127.0.0.1", port) == AMQP_STATUS_OK, "connect");
    require(amqp_login(connection, vhost, 0, 131'072, 10, AMQP_SASL_METHOD_PLAIN, "guest", "guest"),
            "log in");
    amqp_channel_open(connection, 1);
    require(amqp_get_rpc_reply(connection), "open a channel");
    return connection;
}

// The same queue as batchd's: durable and replicated.
void declare(amqp_connection_state_t connection) {
    amqp_table_entry_t type{.key = amqp_cstring_bytes("x-queue-type"), .value = {}};
    type.value.kind = AMQP_FIELD_KIND_UTF8;
    type.value.value.bytes = amqp_cstring_bytes("quorum");
    const amqp_table_t arguments{.num_entries = 1, .entries = &type};
    amqp_queue_declare(connection, 1, amqp_cstring_bytes(queue), 0, 1, 0, 0, arguments);
    require(amqp_get_rpc_reply(connection), "declare a queue");
}

void ask_for_confirmations(amqp_connection_state_t connection) {
    amqp_confirm_select(connection, 1);
    require(amqp_get_rpc_reply(connection), "ask for confirmations");
}

void publish(amqp_connection_state_t connection) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    properties.content_type = amqp_cstring_bytes("application/json");
    require(amqp_basic_publish(
                connection, 1, amqp_empty_bytes, amqp_cstring_bytes(queue), 1, 0, &properties,
                amqp_cstring_bytes("{\"batchId\":\"01a219be-b1fa-77fc-aee1-abc99565d028\"}")) ==
                AMQP_STATUS_OK,
            "publish");
    amqp_frame_t frame{};
    do {
        require(amqp_simple_wait_frame(connection, &frame) == AMQP_STATUS_OK, "read");
    } while (frame.frame_type != AMQP_FRAME_METHOD ||
             frame.payload.method.id != AMQP_BASIC_ACK_METHOD);
    amqp_maybe_release_buffers(connection);
}

}  // namespace

int main(int argc, char** argv) {
    require(argc >= 4, "run without a verb, a port and a vhost");
    const amqp_connection_state_t connection = connect(std::atoi(argv[2]), argv[3]);
    const bool is_many = std::string_view(argv[1]) == "confirms";
    if (is_many) {
        declare(connection);
    }
    ask_for_confirmations(connection);
    const long count = argc > 4 ? std::atol(argv[4]) : 1;
    const double wall = seconds(CLOCK_MONOTONIC);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < count; ++i) {
        publish(connection);
    }
    std::printf("%.6f %.6f\n", seconds(CLOCK_MONOTONIC) - wall,
                seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    if (is_many) {
        amqp_queue_delete(connection, 1, amqp_cstring_bytes(queue), 0, 0);
    }
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(connection);
}
