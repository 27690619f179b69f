#pragma once

#include "core/model/status.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

namespace Catch {

template <>
struct StringMaker<batch::Counts> {
    static std::string convert(const batch::Counts& counts) {
        return fmt::format("{} items: {} pending, {} running, {} done, {} failed, {} cancelled",
                           counts.total, counts.pending, counts.running, counts.done, counts.failed,
                           counts.cancelled);
    }
};

}  // namespace Catch
