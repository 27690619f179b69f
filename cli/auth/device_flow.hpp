#pragma once

#include "cli/auth/waiting_room.hpp"
#include "cli/auth_commands.hpp"
#include "core/auth/device.hpp"
#include "core/auth/pages.hpp"

#include <optional>

namespace batch::cli {

/// A login in which a person enters a code on another device.
class DeviceFlow {
public:
    DeviceFlow(const LoginOptions& options, auth::OpenIdService& service,
               Interruption& interruption);

    /// Absent if a signal ended it.  Throws as LoginFlow::run().
    std::optional<auth::AccessToken> run(const auth::Scopes& scopes);

    /// There is no browser of ours.
    static void finish(auth::Page) {}

private:
    bool pause(std::chrono::nanoseconds time);
    [[noreturn]] void throw_too_late() const;

    const LoginOptions& options_;
    auth::DeviceLogin login_;
    Interruption& interruption_;
};

}  // namespace batch::cli
