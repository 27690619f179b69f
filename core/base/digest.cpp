#include "core/base/digest.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <array>

#include <openssl/evp.h>

namespace batch {

namespace {

void check(int result, std::string_view action) {
    if (result != 1) {
        throw Error(ErrorKind::internal, fmt::format("OpenSSL cannot {}", action));
    }
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    start();
}

void Sha256::start() {
    check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr), "start a SHA-256");
}

void Sha256::update(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()), "add to a SHA-256");
}

std::string Sha256::hex() {
    std::array<unsigned char, 32> digest{};
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr), "finish a SHA-256");
    start();
    std::string text;
    text.reserve(2 * digest.size());
    for (const unsigned char byte : digest) {
        fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    }
    return text;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 digest;
    digest.update(bytes);
    return digest.hex();
}

}  // namespace batch
