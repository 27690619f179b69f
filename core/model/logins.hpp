#pragma once

#include "core/model/batch.hpp"

#include <filesystem>
#include <string>

namespace batch {

/// The plugin that delivers with a login.
inline constexpr const char* drive_plugin = "google-drive";

/// A login, as the step that uses it names it; empty if no step does.
std::string login_of(const Plan& plan);

/// Whose login it was at submit, by the provider's number; empty if that is not known.
std::string subject_of(const Plan& plan);

/// The folder of its file.
std::filesystem::path credentials_of(const Plan& plan);

/// The word of a pause until a person has logged in.
inline constexpr const char* login_pause = "login";

bool waits_for_login(const Batch& batch);

}  // namespace batch
