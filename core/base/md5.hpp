#pragma once

#include <memory>
#include <string>
#include <string_view>

struct MD5state_st;  // OpenSSL's MD5_CTX

namespace batch {

/// MD5 of bytes that come in pieces: to compare with what others tell of a file, never for safety.
class Md5 {
public:
    Md5();

    void update(std::string_view bytes);

    /// The digest of all so far in 32 lower case digits; once.
    std::string hex();

private:
    struct Free {
        void operator()(MD5state_st* state) const noexcept;
    };

    std::unique_ptr<MD5state_st, Free> state_;
};

}  // namespace batch
