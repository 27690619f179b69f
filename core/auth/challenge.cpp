#include "core/auth/challenge.hpp"

#include "core/base/base64.hpp"
#include "core/base/error.hpp"

#include <array>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace batch::auth {

std::string random_text() {
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw Error(ErrorKind::internal, "the system has no randomness");
    }
    return base64url(std::string{bytes.begin(), bytes.end()});
}

std::string s256(std::string_view verifier) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(verifier.data(), verifier.size(), digest.data(), &size, EVP_sha256(), nullptr) !=
        1) {
        throw Error(ErrorKind::internal, "SHA-256 is not there");
    }
    return base64url(std::string{digest.begin(), digest.begin() + size});
}

}  // namespace batch::auth
