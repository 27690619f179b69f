#pragma once

#include "core/plugin/frames.hpp"
#include "core/plugin/manifest.hpp"
#include "core/plugin/session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace batch {

enum class CheckResult { ok, fail, not_run };

/// One line of `batchctl plugin test`.
struct ConformanceCheck {
    std::string name = {};
    CheckResult result = CheckResult::not_run;
    std::string message = {};
    std::string mend = {};  ///< what to change in the plugin; only of a failed one
};

struct ConformanceTask {
    PluginLaunch launch = {};
    /// Turns what was typed into options, once the manifest is known; may throw Error.
    std::function<std::string(const Manifest&)> options;
    std::string row = R"({"name":"Ada Lovelace","text":"hello"})";
    TemplateText template_text = {};
    Millis patience{5'000};  ///< for each answer; six times that for ready
    Millis leave{5'000};     ///< after the end of input, or TERM
};

/// All checks of batch-plugin(7), in order.  After one of the first two failed the others are not
/// run.  `seen` is called for each as soon as it is known.
std::vector<ConformanceCheck> check_conformance(
    const ConformanceTask& task, const std::function<void(const ConformanceCheck&)>& seen = {});

}  // namespace batch
