#include "daemon/plugins/google_drive/refusals.hpp"

#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/base/redact.hpp"
#include "core/base/text.hpp"
#include "core/http/timing.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace batch::drive {

using plugin::Refusal;

namespace {

constexpr std::size_t longest_message = 300;

/// Reasons that end by themselves.
constexpr std::array<std::string_view, 4> too_fast{
    "rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded", "dailyLimitExceeded"};

/// Reasons that a person must do something about; every other item would meet them too.
struct Obstacle {
    std::string_view reason;
    std::string_view hint;
};

constexpr std::array obstacles{
    Obstacle{"storageQuotaExceeded", "make room in Drive, or deliver into a shared drive"},
    Obstacle{"insufficientFilePermissions",
             "ask its owner for permission to write, or deliver elsewhere: -d drive:FOLDER_ID"},
    Obstacle{"appNotAuthorizedToFile", "log in for all files: batchctl auth login --profile drive"},
    Obstacle{"domainPolicy", "ask the organisation's administrator"},
    Obstacle{"accessNotConfigured",
             "turn the Google Drive API on for the client's project, in Google's console"},
    Obstacle{"teamDriveFileLimitExceeded", "deliver into another shared drive"},
    Obstacle{"numChildrenInNonRootLimitExceeded", "deliver into another folder"},
    Obstacle{"activeItemCreationLimitExceeded", "deliver with another account"},
    Obstacle{"parentNotAFolder", "the id of a folder is the end of its address in the browser"},
    Obstacle{"cannotAddParent", "deliver into another folder"},
};

Json body_of(const http::Response& response) {
    try {
        Json body = parse_json(response.body, "the answer");
        return body.is_object() ? body : Json::object();
    } catch (const Error&) {
        return Json::object();
    }
}

/// The member, an empty object if it is none.
Json object_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_object() ? *found : Json::object();
}

std::string message_of(const http::Response& response) {
    std::string text = text_member(object_at(body_of(response), "error"), "message");
    while (text.ends_with('.')) {
        text.pop_back();
    }
    return text.empty() ? fmt::format("HTTP {}", response.status)
                        : redact(text).substr(0, longest_message);
}

Refusal config(const std::string& message, std::string_view hint) {
    return {.error_class = ErrorClass::config,
            .code = "drive_refused",
            .message = message,
            .hint = std::string{hint},
            .after = {}};
}

bool lacks_scope(const http::Response& response, const std::string& reason) {
    return reason == "insufficientPermissions" || reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT" ||
           response.header("www-authenticate").find("insufficient_scope") != std::string_view::npos;
}

Refusal folder_missing(const std::string& folder) {
    Refusal refusal =
        config(fmt::format("Drive shows no folder {}", folder),
               "is the id right? with drive.file only folders are seen that were made by this "
               "client or opened with it; for all others: batchctl auth login --profile drive");
    refusal.code = folder_missing_code;
    return refusal;
}

}  // namespace

std::string reason_of(const http::Response& response) {
    const Json error = object_at(body_of(response), "error");
    const auto errors = error.find("errors");
    if (errors != error.end() && errors->is_array() && !errors->empty() &&
        errors->front().is_object()) {
        return text_member(errors->front(), "reason");
    }
    return text_member(error, "status");
}

Refusal refusal_of(const http::Response& response, const std::string& folder) {
    const std::string reason = reason_of(response);
    const std::string message = message_of(response);
    if (response.status == 429 || std::ranges::find(too_fast, reason) != too_fast.end() ||
        (response.status == 503 && !response.header("retry-after").empty())) {
        return {.error_class = ErrorClass::throttled,
                .code = reason.empty() ? fmt::format("http_{}", response.status) : reason,
                .message = "Drive is asked too fast: " + message,
                .hint = "",
                .after = http::retry_after(response, now())};
    }
    if (response.status >= 500) {
        return {.error_class = ErrorClass::retryable,
                .code = fmt::format("http_{}", response.status),
                .message = fmt::format("Drive is in trouble: {}", message),
                .hint = "",
                .after = {}};
    }
    if (response.status < 400) {
        return unreadable(response);
    }
    if (lacks_scope(response, reason)) {
        return {.error_class = ErrorClass::config,
                .code = "login_needed",
                .message = "the login does not allow to create files in Drive (drive.file)",
                .hint = "log in and allow it: batchctl auth login",
                .after = {}};
    }
    if (response.status == 404) {
        return folder_missing(folder);
    }
    for (const Obstacle& each : obstacles) {
        if (each.reason == reason) {
            const bool is_robot = message.find("ervice Account") != std::string::npos;
            return config("Drive refuses: " + message,
                          is_robot
                              ? "deliver into a shared drive, or on behalf of a user: batchctl "
                                "auth service-account add FILE --on-behalf-of E"
                              : each.hint);
        }
    }
    return {.error_class = ErrorClass::permanent,
            .code = fmt::format("http_{}", response.status),
            .message = fmt::format("Drive refuses: {}", message),
            .hint = "",
            .after = {}};
}

Refusal folder_in_bin(const std::string& folder) {
    Refusal refusal = config(fmt::format("the folder {} lies in Drive's bin", folder),
                             "take it out of there in the browser, or deliver elsewhere: "
                             "-d drive:FOLDER_ID");
    refusal.code = folder_in_bin_code;
    return refusal;
}

Refusal unreadable(const http::Response& response) {
    return {.error_class = ErrorClass::retryable,
            .code = "unexpected_response",
            .message = fmt::format("Drive's answer cannot be read (HTTP {})", response.status),
            .hint = "",
            .after = {}};
}

Refusal refusal_of(const Error& error) {
    Refusal refusal{.error_class = ErrorClass::retryable,
                    .code = std::string{error.code()},
                    .message = error.what(),
                    .hint = error.hint(),
                    .after = {}};
    switch (error.kind()) {
        case ErrorKind::login:
            refusal.error_class = ErrorClass::config;
            refusal.code = "login_needed";
            break;
        case ErrorKind::config:
        case ErrorKind::permission:
        case ErrorKind::state: refusal.error_class = ErrorClass::config; break;
        default: break;
    }
    return refusal;
}

}  // namespace batch::drive
