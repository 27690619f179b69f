#include "core/base/secret.hpp"

#include <openssl/crypto.h>

namespace batch {

Secret::Secret(Secret&& other) noexcept : text_{other.text_} {
    // A short string lies in the object itself: a move would leave its letters there.
    cleanse(other.text_);
}

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        cleanse(text_);
        text_ = other.text_;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        cleanse(text_);
        text_ = other.text_;
        cleanse(other.text_);
    }
    return *this;
}

Secret::~Secret() {
    cleanse(text_);
}

bool Secret::operator==(const Secret& other) const noexcept {
    return same_secret(text_, other.text_);
}

void cleanse(std::string& text) noexcept {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

bool same_secret(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace batch
