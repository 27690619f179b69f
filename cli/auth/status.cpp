#include "cli/auth/account_row.hpp"
#include "cli/auth/logins.hpp"
#include "cli/auth/storing.hpp"
#include "cli/auth/tool.hpp"
#include "cli/output/out.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/accounts/token_variable.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
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

/// A line of it, and what to do about it.
struct LoginLine {
    Json record;
    std::string hint = {};  ///< empty: what is usual for its state
};

std::string state_after(const Error& error) {
    if (error.code() == "bad_credential") {
        return "broken";
    }
    switch (error.kind()) {
        case ErrorKind::login: return "needs_login";
        case ErrorKind::unavailable: return "unreachable";
        // A keyring that is closed will be open again: the login may be good.
        case ErrorKind::permission: return error.code() == "no_key" ? "unreachable" : "insecure";
        default: return "broken";
    }
}

/// Asks the provider; how that went becomes the state.
void check_login(Logins& logins, const auth::Account& account, LoginLine& line) {
    try {
        logins.keeper().token({.account = account.name,
                               .min_life = Millis{0},
                               .refused = auth::token_at_hand(logins.vault(), account.name)});
    } catch (const Error& error) {
        line.record["state"] = state_after(error);
        line.record["problem"] = error.what();
        line.hint = error.hint();
    }
}

auth::Account account_of(Logins& logins, const std::string& name) {
    if (auto account = auth::read_account(logins.folder(), name)) {
        return std::move(*account);
    }
    throw Error(ErrorKind::not_found, "it was logged out just now");
}

/// What is known of one whose file cannot be read, or is not there.
Json bare_record(const std::string& name, const char* state, const std::string& problem) {
    Json record = account_shape({.kind = auth::kind_by_name(name), .name = name});
    record["state"] = state;
    record["problem"] = problem;
    record["granted_at"] = nullptr;
    return record;
}

/// A file that cannot be read has a line too.
LoginLine line_of(Logins& logins, const std::string& name, bool check) {
    try {
        auth::Account account = account_of(logins, name);
        LoginLine checked{.record = Json::object()};
        if (check && account.status == auth::AccountStatus::ok) {
            check_login(logins, account, checked);
            account = account_of(logins, name);  // it may have ended
        }
        LoginLine line{.record = account_shape(account), .hint = std::move(checked.hint)};
        line.record["problem"] = nullptr;
        line.record.update(checked.record);
        return line;
    } catch (const Error& error) {
        const bool is_unsafe = error.kind() == ErrorKind::permission;
        return {.record = bare_record(name, is_unsafe ? "insecure" : "broken", error.what()),
                .hint = is_unsafe ? "" : error.hint()};
    }
}

std::vector<LoginLine> lines_of(Logins& logins, bool check, Context& context) {
    std::vector<LoginLine> lines;
    auto waiting = waiting_by_login(context);
    const auto current = auth::current_account(logins.folder());
    for (const std::string& name : auth::account_names(logins.folder())) {
        LoginLine line = line_of(logins, name, check);
        const auto own = waiting.extract(name);
        line.record["waiting"] = own ? own.mapped() : 0;
        line.record["current"] = current == name;
        lines.push_back(std::move(line));
    }
    for (const auto& [name, count] : waiting) {
        Json record = bare_record(name, "needs_login", "logged out");  // and batches wait for it
        record["waiting"] = count;
        record["current"] = false;
        lines.push_back({.record = std::move(record)});
    }
    return lines;
}

std::string hint_for(const LoginLine& line, const std::string& usual) {
    return line.hint.empty() ? usual : line.hint;
}

/// What is wrong with this one.
std::optional<Error> trouble_of(const LoginLine& line) {
    const std::string state = line.record["state"];
    if (state == "needs_login" || state == "broken") {
        const auto kind = line.record["kind"] == "login" ? auth::AccountKind::login
                                                         : auth::AccountKind::service_account;
        return Error(ErrorKind::login, "",
                     hint_for(line, auth::way_back(kind, line.record["account"])));
    }
    if (state == "insecure") {
        return Error(ErrorKind::permission, line.record["problem"],
                     hint_for(line, "see: batchctl doctor"));
    }
    if (state == "unreachable") {
        return Error(ErrorKind::unavailable, line.record["problem"],
                     hint_for(line, "try again in a minute"));
    }
    return std::nullopt;
}

/// The first that needs a person, else the first that is not good: to wait helps with that.
std::optional<Error> trouble_in(const std::vector<LoginLine>& lines) {
    std::optional<Error> worst;
    for (const LoginLine& line : lines) {
        auto trouble = trouble_of(line);
        if (trouble && trouble->kind() != ErrorKind::unavailable) {
            return trouble;
        }
        if (trouble && !worst) {
            worst = std::move(trouble);
        }
    }
    return worst;
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
    const std::vector<LoginLine> all = lines_of(logins, check, context);
    Records records{context, "auth status", status_columns(), status_fields};
    for (const LoginLine& line : all) {
        records.add(line.record);
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
        Json record = line_of(logins, name, false).record;
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
    if (context.globals().json) {
        put(dump(Json{{"v", 1}, {"account", name}}) + "\n");
    }
    say(fmt::format("{} is the current login now", name));
    return 0;
}

}  // namespace batch::cli
