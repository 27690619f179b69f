#include "core/auth/accounts/account.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::auth {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void refuse_record(const std::string& name, const std::string& why) {
    throw Error(ErrorKind::login, fmt::format("the stored login {} cannot be used: {}", name, why),
                way_back(kind_by_name(name), name))
        .with_code("bad_credential");
}

std::optional<TimePoint> time_of(const Json& record, const char* member) {
    const std::string text = text_member(record, member);
    if (text.empty()) {
        return std::nullopt;
    }
    try {
        return parse_rfc3339(text);
    } catch (const Error&) {
        return std::nullopt;
    }
}

Json object_of_record(std::string_view text, const std::string& name) {
    Json record;
    try {
        record = parse_json(text, "it");
    } catch (const Error& error) {
        refuse_record(name, error.what());
    }
    if (!record.is_object() || !record.contains("v") || !record["v"].is_number_integer()) {
        refuse_record(name, "it is none");
    }
    // Without is_number_unsigned() the largest numbers would be compared as negative ones.
    const Json& version = record["v"];
    if (version.is_number_unsigned() && version.get<std::uint64_t>() > credential_version) {
        throw Error(
            ErrorKind::state, fmt::format("the stored login {} is of a newer batchctl", name),
            "use that one, or log in under another name: batchctl auth login --account NAME")
            .with_code("newer_credential");
    }
    return record;
}

}  // namespace

bool is_account_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_account_name && name.front() != '.' &&
           name.front() != '-' && std::ranges::all_of(name, [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '@' || letter == '.' ||
                      letter == '_' || letter == '+' || letter == '-';
           });
}

std::filesystem::path credentials_folder(const std::filesystem::path& state_folder) {
    return state_folder / "credentials";
}

std::filesystem::path record_path(const std::filesystem::path& folder, const std::string& name) {
    return folder / (name + ".json");
}

Account parse_account(std::string_view text, const std::string& name) {
    const Json record = object_of_record(text, name);
    Account account{.name = name,
                    .issuer = text_member(record, "issuer"),
                    .subject = text_member(record, "subject"),
                    .email = text_member(record, "email"),
                    .full_name = text_member(record, "name"),
                    .picture = text_member(record, "picture"),
                    .client_id = text_member(record, "client_id"),
                    .reason = text_member(record, "reason"),
                    .granted_at = time_of(record, "granted_at").value_or(TimePoint{}),
                    .ended_at = time_of(record, "ended_at"),
                    .refresh_ends = time_of(record, "refresh_ends")};
    account.kind = text_member(record, "kind") == "service_account" ? AccountKind::service_account
                                                                    : AccountKind::login;
    account.status =
        text_member(record, "status") == "ok" ? AccountStatus::ok : AccountStatus::needs_login;
    for (const Json& scope : record.value("scopes", Json::array())) {
        account.scopes.push_back(scope.is_string() ? scope.get<std::string>() : "");
    }
    account.is_renewable = record.value("renewable", Json(true)) != Json(false);
    const Json generation = record.value("generation", Json(0));
    account.generation = generation.is_number_unsigned() ? generation.get<std::uint64_t>() : 0;
    account.key_from = text_member(record, "key_from");
    account.key_id = text_member(record, "key_id");
    return account;
}

std::optional<Account> read_account(const std::filesystem::path& folder, const std::string& name) {
    const auto record = read_record(folder, name);
    return record ? std::optional{parse_account(*record, name)} : std::nullopt;
}

AccountKind kind_by_name(std::string_view name) {
    return name.ends_with(".gserviceaccount.com") ? AccountKind::service_account
                                                  : AccountKind::login;
}

std::string remedy(AccountKind kind, const std::string& name) {
    return kind == AccountKind::login ? "batchctl auth login --account " + name
                                      : "batchctl auth service-account add FILE";
}

std::string way_back(AccountKind kind, const std::string& name, std::string_view meanwhile) {
    return fmt::format("{}{}: {}",
                       kind == AccountKind::login ? "log in again" : "store its key again",
                       meanwhile, remedy(kind, name));
}

std::string likely_reason(const Account& account) {
    const TimePoint end = account.ended_at.value_or(now());
    const auto age = end - account.granted_at;
    if (account.reason == "rotation_lost") {
        return "A program was ended while it renewed the login, and its new token was lost";
    }
    if (account.refresh_ends && *account.refresh_ends <= end) {
        return "It was given for some time only, and that is over";
    }
    if (account.reason == "invalid_rapt") {
        return "The organisation asks for a new login from time to time";
    }
    if (account.issuer == google_issuer && age >= 7 * 24h && age < 8 * 24h) {
        return "It was given 7 days ago: Google ends logins after 7 days while the app's consent "
               "screen is in \"Testing\"";
    }
    return "";
}

}  // namespace batch::auth
