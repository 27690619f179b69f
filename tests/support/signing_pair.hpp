#pragma once

#include "core/auth/id_token.hpp"
#include "core/base/handle.hpp"
#include "core/base/secret.hpp"

#include <string>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace batch::testing {

/// A provider's key, of this run only.
struct SigningPair {
    auth::SigningKey open;
    Secret hidden;
};

inline std::string number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key, name, &number);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(number);
    return bytes;
}

inline SigningPair new_signing_pair() {
    const Handle<EVP_PKEY, EVP_PKEY_free> key{EVP_RSA_gen(2048)};
    const Handle<BIO, BIO_free_all> bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {.open = {.id = "ours",
                     .modulus = number_of(key.get(), OSSL_PKEY_PARAM_RSA_N),
                     .exponent = number_of(key.get(), OSSL_PKEY_PARAM_RSA_E)},
            .hidden = Secret{{text, static_cast<std::size_t>(size)}}};
}

}  // namespace batch::testing
