#pragma once

#include <memory>
#include <string>
#include <string_view>

struct SHA256state_st;  // OpenSSL's SHA256_CTX

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
        void operator()(SHA256state_st* state) const noexcept;
    };

    std::unique_ptr<SHA256state_st, Free> state_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace batch
