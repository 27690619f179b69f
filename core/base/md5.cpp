#include "core/base/md5.hpp"

#include <fmt/core.h>

#include <array>
#include <iterator>

#define OPENSSL_SUPPRESS_DEPRECATED  // as in digest.cpp
#include <openssl/md5.h>

namespace batch {

void Md5::Free::operator()(MD5state_st* state) const noexcept {
    std::default_delete<MD5state_st>{}(state);
}

Md5::Md5() : state_(std::make_unique<MD5_CTX>().release()) {
    MD5_Init(state_.get());
}

void Md5::update(std::string_view bytes) {
    MD5_Update(state_.get(), bytes.data(), bytes.size());
}

std::string Md5::hex() {
    std::array<unsigned char, MD5_DIGEST_LENGTH> digest{};
    MD5_Final(digest.data(), state_.get());
    std::string text;
    for (const unsigned char byte : digest) {
        fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    }
    return text;
}

}  // namespace batch
