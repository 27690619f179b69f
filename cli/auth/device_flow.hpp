#pragma once

#include "cli/auth/waiting_room.hpp"
#include "cli/auth_commands.hpp"
#include "core/auth/device.hpp"
#include "core/auth/pages.hpp"
#include "core/base/error.hpp"

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
    std::optional<auth::AccessToken> ask(auth::DeviceCode& code);
    void learn_from(const Error& error);
    [[noreturn]] void throw_too_late() const;
    std::string once_more() const;

    const LoginOptions& options_;
    auth::DeviceLogin login_;
    Interruption& interruption_;
    std::optional<Error> trouble_ = {};      ///< of the last question
    std::chrono::seconds between_asking_{};  ///< grows with each trouble
};

}  // namespace batch::cli
