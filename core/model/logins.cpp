#include "core/model/logins.hpp"

#include "core/base/json.hpp"
#include "core/base/json_member.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch {
namespace {

std::string option_of_drive(const Plan& plan, const char* name) {
    const auto step = std::ranges::find(plan.steps, std::string{drive_plugin}, &Step::plugin);
    if (step == plan.steps.end()) {
        return {};
    }
    const Json options = parse_json(step->options, "a step's options");
    return text_member(options, name);
}

}  // namespace

std::string login_of(const Plan& plan) {
    return option_of_drive(plan, "account");
}

std::string subject_of(const Plan& plan) {
    return option_of_drive(plan, "subject");
}

std::filesystem::path credentials_of(const Plan& plan) {
    return option_of_drive(plan, "credentials");
}

bool waits_for_login(const Batch& batch) {
    return batch.paused && batch.paused->code == login_pause;
}

}  // namespace batch
