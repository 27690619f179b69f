#include "core/auth/vault/sealing.hpp"

#include "core/base/base64.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/handle.hpp"

#include <array>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace batch::auth {
namespace {

using Cipher = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* raw(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

void expect(int result) {
    if (result != 1) {
        throw Error(ErrorKind::internal, "the login cannot be encrypted");
    }
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(raw(bytes), static_cast<int>(count)) != 1) {
        throw Error(ErrorKind::internal, "the system has no randomness");
    }
    return bytes;
}

}  // namespace

std::string seal(const Secret& key, const Secret& text, std::string_view context) {
    const std::string nonce = random_bytes(nonce_size);
    const std::string& plain = text.reveal();
    std::string out(plain.size(), '\0');
    std::string tag(tag_size, '\0');
    const Cipher cipher{EVP_CIPHER_CTX_new()};
    int count = 0;
    expect(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key.reveal()),
                              raw(nonce)));
    expect(EVP_EncryptUpdate(cipher.get(), nullptr, &count, raw(context),
                             static_cast<int>(context.size())));
    expect(EVP_EncryptUpdate(cipher.get(), raw(out), &count, raw(plain),
                             static_cast<int>(plain.size())));
    expect(EVP_EncryptFinal_ex(cipher.get(), raw(out) + count, &count));
    expect(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, raw(tag)));
    return base64url(nonce + out + tag);
}

std::optional<Secret> unseal(const Secret& key, std::string_view sealed, std::string_view context) {
    const auto bytes = from_base64url(sealed);
    if (!bytes || bytes->size() < nonce_size + tag_size || key.reveal().size() != key_size) {
        return std::nullopt;
    }
    const std::string nonce = bytes->substr(0, nonce_size);
    std::string tag = bytes->substr(bytes->size() - tag_size);
    const std::string text = bytes->substr(nonce_size, bytes->size() - nonce_size - tag_size);
    std::string plain(text.size(), '\0');
    const Cipher cipher{EVP_CIPHER_CTX_new()};
    int count = 0;
    expect(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key.reveal()),
                              raw(nonce)));
    expect(EVP_DecryptUpdate(cipher.get(), nullptr, &count, raw(context),
                             static_cast<int>(context.size())));
    expect(EVP_DecryptUpdate(cipher.get(), raw(plain), &count, raw(text),
                             static_cast<int>(text.size())));
    expect(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, raw(tag)));
    if (EVP_DecryptFinal_ex(cipher.get(), raw(plain) + count, &count) != 1) {
        cleanse(plain);
        return std::nullopt;
    }
    Secret result{plain};
    cleanse(plain);
    return result;
}

Secret new_key() {
    return Secret{random_bytes(key_size)};
}

std::string id_of_key(const Secret& key) {
    return sha256_hex("batch credential key:" + key.reveal()).substr(0, 8);
}

}  // namespace batch::auth
