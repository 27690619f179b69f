#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

namespace batch::cli {

/// The names of all outputs of a dry run, kept in a temporary file: there may be a million, and
/// none is printed before all rows were found good.
class NameList {
public:
    /// Throws Error{operation} on a full disk.
    NameList();

    void add(std::int64_t line, const std::string& name);

    /// In the order of adding, until `take` returns false.
    void for_each(const std::function<bool(std::int64_t line, const std::string& name)>& take);

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace batch::cli
