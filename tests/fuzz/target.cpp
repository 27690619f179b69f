#include "tests/fuzz/target.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace batch::fuzz {

bool is_taken(std::string_view input) {
    try {
        return takes(input);
    } catch (const Error&) {
        return false;
    }
}

void expect(bool holds, const char* promise) {
    if (!holds) {
        std::fprintf(stderr, "this does not hold: %s\n", promise);
        std::abort();
    }
}

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

}  // namespace batch::fuzz

/// What libFuzzer calls, and replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    batch::fuzz::is_taken({reinterpret_cast<const char*>(bytes), size});
    return 0;
}
