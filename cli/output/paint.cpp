#include "cli/output/paint.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

/// ECMA-48, SGR: the eight colours that every terminal's palette makes readable.
std::string_view code_of(Paint paint) {
    switch (paint) {
        case Paint::good: return "32";
        case Paint::bad: return "31";
        case Paint::busy: return "36";
        case Paint::faint: return "2";
        case Paint::none: break;
    }
    return "";
}

}  // namespace

std::string painted(std::string_view text, Paint paint) {
    const std::string_view code = code_of(paint);
    return code.empty() ? std::string(text) : fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Paint paint_of(std::string_view status) {
    if (status == "done") {
        return Paint::good;
    }
    if (status == "failed" || status == "aborted") {
        return Paint::bad;
    }
    if (status == "running") {
        return Paint::busy;
    }
    return status == "cancelled" ? Paint::faint : Paint::none;
}

}  // namespace batch::cli
