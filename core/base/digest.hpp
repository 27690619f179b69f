#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace batch {

/// SHA-256 of bytes that come in pieces.
class Sha256 {
public:
    Sha256();

    void update(std::string_view bytes);

    /// The digest of all so far in 64 lower case digits; the object starts anew.
    std::string hex();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };

    void start();

    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace batch
