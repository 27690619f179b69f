#pragma once

#include "core/plugin/frames.hpp"
#include "core/plugin/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// A place in a template; line and column count from 1, 0 means unknown.
struct LintProblem {
    std::size_t line = 0;
    std::size_t column = 0;
    std::string message = {};
};

/// A name that the template reads, at its first place.
struct LintName {
    std::string name = {};
    std::size_t line = 0;
    std::size_t column = 0;
};

struct LintReport {
    std::vector<LintProblem> errors = {};
    std::vector<LintName> names = {};
};

/// Runs `plugin --lint` on a template, for at most 10 s.  Throws Error{operation} if that fails.
LintReport lint_template(const PluginLaunch& launch, RawJson options, const TemplateText& text);

}  // namespace batch
