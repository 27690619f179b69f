#include "core/auth/rsa.hpp"

#include "core/base/error.hpp"
#include "core/base/handle.hpp"

#include <new>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

namespace batch::auth {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Digest = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using Number = Handle<BIGNUM, BN_free>;
using Params = Handle<OSSL_PARAM, OSSL_PARAM_free>;
using ParamBuilder = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Bio = Handle<BIO, BIO_free_all>;

constexpr int least_bits = 2048;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of_bytes(std::string_view bytes) {
    Number number{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
    if (!number) {
        throw std::bad_alloc{};
    }
    return number;
}

/// Null if OpenSSL does not take the numbers for a key.
Key public_key(const SigningKey& parts) {
    const Number modulus = number_of_bytes(parts.modulus);
    const Number exponent = number_of_bytes(parts.exponent);
    const ParamBuilder builder{OSSL_PARAM_BLD_new()};
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    const Params params{OSSL_PARAM_BLD_to_param(builder.get())};
    const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr)};
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        return {};
    }
    return Key{key};
}

int no_passphrase(char*, int, int, void*) noexcept {
    return -1;
}

Key private_key_of(const Secret& pem) {
    const Bio bio{BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size()))};
    Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
    ERR_clear_error();
    if (!key) {
        throw Error(ErrorKind::config,
                    "its \"private_key\" is no private key in PEM form without a passphrase");
    }
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
        EVP_PKEY_get_bits(key.get()) < least_bits) {
        throw Error(ErrorKind::config, "its \"private_key\" is no RSA key of 2,048 bits or more");
    }
    return key;
}

}  // namespace

bool is_signed_by(const SigningKey& parts, std::string_view text, std::string_view signature) {
    const Key key = public_key(parts);
    if (!key || EVP_PKEY_get_bits(key.get()) < least_bits) {
        return false;
    }
    const Digest digest{EVP_MD_CTX_new()};
    const bool is_good =
        EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
        EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(), bytes_of(text),
                         text.size()) == 1;
    ERR_clear_error();
    return is_good;
}

std::string sign(const Secret& private_key, std::string_view text) {
    const Key key = private_key_of(private_key);
    const Digest digest{EVP_MD_CTX_new()};
    std::size_t size = 0;
    if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(digest.get(), nullptr, &size, bytes_of(text), text.size()) != 1) {
        throw Error(ErrorKind::internal, "cannot sign");
    }
    std::string signature(size, '\0');
    if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes_of(text), text.size()) != 1) {
        throw Error(ErrorKind::internal, "cannot sign");
    }
    signature.resize(size);
    return signature;
}

}  // namespace batch::auth
