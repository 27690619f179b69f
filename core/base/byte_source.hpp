#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace batch {

/// Where rows come from.
class ByteSource {
public:
    virtual ~ByteSource() = default;

    /// Reads at most `size` bytes (more than 0); 0 only at the end.  Throws Error.
    virtual std::size_t read(char* to, std::size_t size) = 0;

protected:
    ByteSource() = default;
    ByteSource(const ByteSource&) = default;
    ByteSource& operator=(const ByteSource&) = default;
};

/// Reads a descriptor, which it does not own, with read(2).  `name` is for the error message.
class FdSource : public ByteSource {
public:
    FdSource(int fd, std::string name);

    std::size_t read(char* to, std::size_t size) override;

private:
    int fd_;
    std::string name_;
};

/// Reads a text in memory, at most `piece` bytes at a time (0: all that is asked for).
class TextSource : public ByteSource {
public:
    explicit TextSource(std::string text, std::size_t piece = 0);

    std::size_t read(char* to, std::size_t size) override;

private:
    std::string text_;
    std::size_t piece_;
    std::size_t place_ = 0;
};

}  // namespace batch
