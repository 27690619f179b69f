#include "core/queue/amqp/secure.hpp"

#include "core/base/error.hpp"
#include "core/queue/amqp/patience.hpp"

#include <amqp_ssl_socket.h>
#include <fmt/core.h>

#include <filesystem>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace batch::amqp {
namespace {

/// Why OpenSSL did not accept the server's certificate; X509_V_OK if it has not been asked.
thread_local int verify_result = X509_V_OK;

int verify(X509_STORE_CTX* store, void*) noexcept {
    const int accepted = X509_verify_cert(store);
    verify_result = accepted == 1 ? X509_V_OK : X509_STORE_CTX_get_error(store);
    return accepted;
}

[[noreturn]] void throw_no_certificate(const std::filesystem::path& path, const char* what) {
    throw Error(ErrorKind::config, fmt::format("{} cannot be read from {}", what, path.string()),
                "it must be in PEM form, and readable: ls -l " + path.string());
}

[[noreturn]] void refuse(const Target& target, const std::string& why, const std::string& hint) {
    throw Error(ErrorKind::unavailable, fmt::format("{} is not trusted: {}", target.name(), why),
                hint)
        .with_code(untrusted);
}

[[noreturn]] void throw_untrusted(const Target& target) {
    const std::string reason = X509_verify_cert_error_string(verify_result);
    switch (verify_result) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            refuse(target, fmt::format("its certificate is not for \"{}\"", target.host),
                   "write the host in queue.url as it stands in the certificate");
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            refuse(target, reason, "the server needs a new one; is the time here right: date");
        default:
            refuse(target, reason,
                   "name the authority that has signed it: queue.ca_file = \"/path/ca.pem\"");
    }
}

bool is_about_tls(int status) {
    return status == AMQP_STATUS_SSL_ERROR || status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED ||
           status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED ||
           status == AMQP_STATUS_SSL_CONNECTION_FAILED;
}

}  // namespace

amqp_socket_t* secure_socket(amqp_connection_state_t_& state, const Target& target) {
    amqp_socket_t* const socket = amqp_ssl_socket_new(&state);
    if (socket == nullptr) {
        throw Error(ErrorKind::internal, "TLS cannot be set up");
    }
    amqp_ssl_socket_set_verify_peer(socket, 1);
    // OpenSSL does this too, with addresses, which the library does not know.
    amqp_ssl_socket_set_verify_hostname(socket, 0);
    amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    if (amqp_ssl_socket_set_cacert(socket, target.ca_file.c_str()) != AMQP_STATUS_OK) {
        throw_no_certificate(target.ca_file, "the authority's certificate");
    }
    if (!target.cert_file.empty() &&
        amqp_ssl_socket_set_key(socket, target.cert_file.c_str(), target.key_file.c_str()) !=
            AMQP_STATUS_OK) {
        throw_no_certificate(target.cert_file, "the client's certificate and its key");
    }
    verify_result = X509_V_OK;
    auto* const context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
    SSL_CTX_set_cert_verify_callback(context, verify, nullptr);
    X509_VERIFY_PARAM* const whom = SSL_CTX_get0_param(context);
    if (X509_VERIFY_PARAM_set1_ip_asc(whom, target.host.c_str()) != 1 &&
        X509_VERIFY_PARAM_set1_host(whom, target.host.c_str(), target.host.size()) != 1) {
        throw Error(ErrorKind::internal, "TLS cannot be set up");
    }
    return socket;
}

const char* about_our_certificate(const Target& target) {
    return target.cert_file.empty() ? ", or wants a client certificate"
                                    : ", or does not accept our client certificate";
}

void throw_if_insecure(const Target& target, int status) {
    if (!is_about_tls(status)) {
        return;
    }
    if (verify_result != X509_V_OK) {
        throw_untrusted(target);
    }
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
        throw Error(ErrorKind::unavailable, target.name() + " does not speak TLS",
                    "its port for TLS is another one, usually 5671")
            .with_code("queue_unreachable");
    }
    throw Error(ErrorKind::unavailable,
                fmt::format("{} does not agree on TLS 1.2 or newer{}: {}", target.name(),
                            about_our_certificate(target), amqp_error_string2(status)),
                fmt::format("look at what it offers: openssl s_client -connect {}:{}", target.host,
                            target.port))
        .with_code("queue_unreachable");
}

}  // namespace batch::amqp
