#include "cli/auth/account_row.hpp"
#include "cli/auth/logins.hpp"
#include "cli/auth/storing.hpp"
#include "cli/auth/tool.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/accounts/token_variable.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace batch::cli {
namespace {

const std::vector<std::string_view> status_fields{
    "v",        "account", "kind", "state",   "reason",  "issuer",
    "subject",  "email",   "name", "picture", "scopes",  "granted_at",
    "ended_at", "ends_at", "key",  "waiting", "current", "problem"};

std::string day_of(const Json& record, const char* field) {
    return record[field].is_null() ? "-" : record[field].get<std::string>().substr(0, 10);
}

std::string scopes_of(const Json& record) {
    return join(auth::shown_scopes(record["scopes"].get<auth::Scopes>()), ",");
}

std::vector<Column> status_columns() {
    return {{.field = "account"},
            {.field = "state"},
            {.field = "granted_at",
             .title = "GRANTED",
             .shown = [](const Json& record) { return day_of(record, "granted_at"); }},
            {.field = "ended_at",
             .title = "ENDED",
             .shown = [](const Json& record) { return day_of(record, "ended_at"); }},
            {.field = "scopes", .shown = scopes_of, .plain = scopes_of},
            {.field = "waiting", .shown = [](const Json& record) {
                 const auto count = record["waiting"].get<std::int64_t>();
                 return count == 0   ? std::string{"-"}
                        : count == 1 ? std::string{"1 batch"}
                                     : fmt::format("{} batches", grouped(count));
             }}};
}

/// Asks the provider; how that went becomes the state.
void check_login(Logins& logins, const auth::Account& account, Json& record) {
    try {
        logins.keeper().token({.account = account.name,
                               .min_life = Millis{0},
                               .refused = auth::token_at_hand(logins.vault(), account.name)});
        record["state"] = "ok";
    } catch (const Error& error) {
        record["state"] = error.code() == "bad_credential"         ? "broken"
                          : error.kind() == ErrorKind::login       ? "needs_login"
                          : error.kind() == ErrorKind::unavailable ? "unreachable"
                                                                   : "broken";
        record["problem"] = error.what();
    }
}

auth::Account account_of(Logins& logins, const std::string& name) {
    if (auto account = auth::read_account(logins.folder(), name)) {
        return std::move(*account);
    }
    throw Error(ErrorKind::not_found, "it was logged out just now");
}

/// A file that cannot be read has a line too.
Json record_of(Logins& logins, const std::string& name, bool check) {
    try {
        auth::Account account = account_of(logins, name);
        Json checked = Json::object();
        if (check && account.status == auth::AccountStatus::ok) {
            check_login(logins, account, checked);
            account = account_of(logins, name);  // it may have ended
        }
        Json record = account_shape(account);
        record["problem"] = nullptr;
        record.update(checked);
        return record;
    } catch (const Error& error) {
        Json record = account_shape({.name = name});
        record["state"] = error.kind() == ErrorKind::permission ? "insecure" : "broken";
        record["problem"] = error.what();
        record["granted_at"] = nullptr;
        return record;
    }
}

/// A login that is gone, and that batches wait for.
Json missing_record(const std::string& name) {
    Json record = account_shape({.name = name});
    record["state"] = "needs_login";
    record["problem"] = "logged out";
    record["granted_at"] = nullptr;
    return record;
}

std::vector<Json> records_of(Logins& logins, bool check, Context& context) {
    std::vector<Json> records;
    auto waiting = waiting_by_login(context);
    const auto current = auth::current_account(logins.folder());
    for (const std::string& name : auth::account_names(logins.folder())) {
        Json record = record_of(logins, name, check);
        const auto own = waiting.extract(name);
        record["waiting"] = own ? own.mapped() : 0;
        record["current"] = current == name;
        records.push_back(std::move(record));
    }
    for (const auto& [name, count] : waiting) {
        Json record = missing_record(name);
        record["waiting"] = count;
        record["current"] = false;
        records.push_back(std::move(record));
    }
    return records;
}

/// What to do about the first that is not good.
std::optional<Error> trouble_in(const std::vector<Json>& records) {
    for (const Json& record : records) {
        const std::string state = record["state"];
        const std::string name = record["account"];
        if (state == "needs_login" || state == "broken") {
            return Error(ErrorKind::login, "",
                         "log in again: batchctl auth login --account " + name);
        }
        if (state == "insecure") {
            return Error(ErrorKind::permission, record["problem"], "see: batchctl doctor");
        }
        if (state == "unreachable") {
            return Error(ErrorKind::unavailable, record["problem"], "try again in a minute");
        }
    }
    return std::nullopt;
}

/// A token of the environment is used before any login.
void tell_of_environment(Context& context) {
    const Environment environment = process_environment();
    const std::string_view name = auth::token_variable(environment);
    if (!name.empty() && !context.globals().json) {
        note(fmt::format("{} is set: it is used instead of any login", name));
    }
}

}  // namespace

int AuthTool::status(bool check, Context& context) {
    context.only_look();
    Logins logins{context};
    tell_of_environment(context);
    const std::vector<Json> all = records_of(logins, check, context);
    Records records{context, "auth status", status_columns(), status_fields};
    for (const Json& record : all) {
        records.add(record);
    }
    records.finish();
    if (all.empty()) {
        throw Error(ErrorKind::login, "there is no login", "log in: batchctl auth login")
            .with_code("login_needed");
    }
    const auto trouble = trouble_in(all);
    if (!trouble) {
        return 0;
    }
    if (*trouble->what() != '\0') {
        warn(trouble->what());
    }
    hint(trouble->hint());
    return exit_status(trouble->kind());
}

int AuthTool::list(Context& context) {
    Logins logins{context};
    const auto current = auth::current_account(logins.folder());
    Records records{context,
                    "auth list",
                    {{.field = "current",
                      .title = " ",
                      .shown = [](const Json& record) { return record["current"] ? "*" : " "; }},
                     {.field = "account"},
                     {.field = "kind"},
                     {.field = "state"}},
                    status_fields};
    for (const std::string& name : auth::account_names(logins.folder())) {
        Json record = record_of(logins, name, false);
        record["current"] = current == name;
        records.add(record);
    }
    records.finish();
    return 0;
}

int AuthTool::choose(const std::string& account, Context& context) {
    Logins logins{context};
    const std::string name = logins.chosen(account);
    logins.vault().choose_current(name);
    say(fmt::format("{} is the current login now", name));
    return 0;
}

}  // namespace batch::cli
