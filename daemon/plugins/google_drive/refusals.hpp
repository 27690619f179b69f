#pragma once

#include "core/base/error.hpp"
#include "core/http/client.hpp"
#include "core/plugin/outbox.hpp"

#include <string>
#include <string_view>

namespace batch::drive {

/// The code of a folder that is not there, or not for this login.
inline constexpr std::string_view folder_missing_code = "folder_missing";

/// That of a folder whose files nobody sees, and which Drive empties after 30 days.
inline constexpr std::string_view folder_in_bin_code = "folder_in_bin";
plugin::Refusal folder_in_bin(const std::string& folder);

/// What an answer of Drive that is no success means for an item: its class by the reason that
/// Drive gives (developers.google.com/drive/api/guides/handle-errors).
plugin::Refusal refusal_of(const http::Response& response, const std::string& folder);

/// An answer that is none: nobody knows what has happened.
plugin::Refusal unreadable(const http::Response& response);

/// The same for an error of ours: a login that is over, a server that cannot be reached.
plugin::Refusal refusal_of(const Error& error);

/// The first reason in the answer's JSON, "" if there is none.
std::string reason_of(const http::Response& response);

}  // namespace batch::drive
