#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace batch {

/// A text that nobody else may see: a token, a key, a password.
///
/// Its memory is overwritten when it goes.  There is no way to print it but by reveal(), so that a
/// search for that word finds every place where a secret leaves its box.  Moving leaves an empty
/// one behind.
class Secret {
public:
    Secret() noexcept = default;

    explicit Secret(std::string text) noexcept : text_{std::move(text)} {}

    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    bool empty() const noexcept { return text_.empty(); }

    const std::string& reveal() const noexcept { return text_; }

    /// In a time that does not tell where the two differ.
    bool operator==(const Secret& other) const noexcept;

private:
    std::string text_;
};

/// Overwrites the text with zeros, in a way the compiler keeps, and empties it.
void cleanse(std::string& text) noexcept;

/// Whether the texts are the same, in a time that depends on the lengths alone.
bool same_secret(std::string_view left, std::string_view right) noexcept;

}  // namespace batch
