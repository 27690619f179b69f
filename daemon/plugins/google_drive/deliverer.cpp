#include "daemon/plugins/google_drive/deliverer.hpp"

#include "core/auth/accounts/account.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/base/error.hpp"
#include "daemon/plugins/google_drive/refusals.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

namespace batch::drive {

using plugin::Json;
using plugin::Refusal;
using plugin::Refused;

namespace {

constexpr std::string_view log_in = "batchctl auth login";
constexpr int most_numbers = 1'000;
constexpr Millis first_pause{200};
constexpr Millis longest_pause{64'000};

[[noreturn]] void throw_taken(const std::string& name) {
    throw Refused({.error_class = ErrorClass::permanent,
                   .code = "file_exists",
                   .message = fmt::format("there is a file {} in the folder already", name),
                   .hint = "other names: -o '{@index}'; or: --on-collision suffix",
                   .after = {}});
}

[[noreturn]] void throw_gone(const std::string& name) {
    throw Refused({.error_class = ErrorClass::retryable,
                   .code = "in_bin",
                   .message = fmt::format("{} was thrown away while it was sent", name),
                   .hint = "",
                   .after = {}});
}

/// "<batch>/17" and "<batch>/17/2" are of one item.
std::string_view item_of(std::string_view property) {
    const auto first = property.find('/');
    const auto second = first == std::string_view::npos ? first : property.find('/', first + 1);
    return property.substr(0, second);
}

std::string_view batch_of(std::string_view property) {
    return property.substr(0, property.find('/'));
}

/// Whether the login sees also the folders that others have made.
bool sees_all(const Options& options) {
    try {
        const auto account = options.account.empty()
                                 ? std::nullopt
                                 : auth::read_account(options.credentials, options.account);
        return account &&
               auth::missing_scopes({auth::full_scope("drive")}, account->scopes).empty();
    } catch (const Error&) {
        return false;
    }
}

/// Somebody has removed the folder since it was looked at.
bool says_folder_is_gone(const Refusal& refusal) {
    return refusal.code == folder_missing_code || refusal.code == folder_in_bin_code;
}

/// Of another item of the same batch.
bool is_of_sibling(const RemoteFile& file, const Order& order) {
    return !file.item.empty() && batch_of(file.item) == batch_of(order.info.item) &&
           item_of(file.item) != item_of(order.info.item);
}

Json delivery_of(const RemoteFile& file, const std::string& target) {
    return {{"target", target}, {"location", file.link}, {"id", file.id}};
}

}  // namespace

Deliverer::Place::Place(const Options& wanted)
    : options{wanted},
      client{{.ca_file = wanted.ca_file}},
      login{options, client},
      drive{client, wanted.url,
            [this](const std::optional<Secret>& refused) { return login.token(refused); },
            [this](const Secret& token) { login.end(token); }},
      folders{drive, wanted.credentials, wanted.account} {}

Deliverer::Deliverer() = default;

Json Deliverer::describe() const {
    return {{"protocol", 1},
            {"name", "google-drive"},
            {"version", BATCH_VERSION},
            {"summary", "Deliver outputs into a folder of Google Drive"},
            {"in", {"*/*"}},
            {"out", {"*/*"}},
            {"concurrency", 1},
            {"files", false},
            {"jail", false},
            {"lint", false},
            {"login", true},
            {"options", options_schema()}};
}

void Deliverer::init(const Json& frame, plugin::Outbox& outbox) {
    const Json& options = plugin::options_of(frame);
    static_cast<void>(parse_options(options));
    init_options_ = options.dump();
    outbox.ready();
}

void Deliverer::item(plugin::ItemId id, Json frame, plugin::Outbox& outbox) {
    try {
        Place& place = place_of(frame.contains("options") ? plugin::options_of(frame)
                                                          : Json::parse(init_options_));
        try {
            outbox.result(id, {{"deliveries", deliver(place, frame)}});
            throttled_in_a_row_ = 0;
        } catch (const Refused& refused) {
            throw Refused(
                with_way_out(throttled(in_peace(refused.refusal(), place.client.asked_pause())),
                             place.options, frame));
        }
    } catch (const Error& error) {
        throw Refused(refusal_of(error));
    }
}

/// The provider of logins, too, may want to be left in peace; no try of the item is used up by
/// that.
Refusal Deliverer::in_peace(Refusal refusal, Millis asked_pause) {
    if (refusal.error_class == ErrorClass::retryable && refusal.code == "provider_in_trouble" &&
        asked_pause > Millis{0}) {
        refusal.error_class = ErrorClass::throttled;
        refusal.after = asked_pause;
    }
    return refusal;
}

/// What a person does then.  Where a new login is what helps, the batch goes on by itself.
Refusal Deliverer::with_way_out(Refusal refusal, const Options& options, const Json& frame) {
    if (refusal.code == "login_needed" && options.account.empty()) {
        const std::string key = frame.value("key", std::string{});
        refusal.hint += fmt::format("; then: batchctl resume {}", short_id(batch_of(key)));
    } else if (refusal.code == "login_needed") {
        refusal.hint = auth::way_back(auth::kind_by_name(options.account), options.account,
                                      ", the batch goes on by itself");
    } else if (const auto place = refusal.hint.find(log_in);
               place != std::string::npos && !options.account.empty()) {
        if (auth::kind_by_name(options.account) == auth::AccountKind::login) {
            refusal.hint.insert(place + log_in.size(), " --account " + options.account);
        } else {
            const auto kind = auth::AccountKind::service_account;
            refusal.hint.replace(place, std::string::npos, auth::remedy(kind, options.account));
        }
    }
    if (refusal.code == folder_missing_code && sees_all(options)) {
        refusal.hint = fmt::format("is the id right, and is it shared with {}", options.account);
    }
    return refusal;
}

/// Where Drive did not say how long to wait: longer each time.
Refusal Deliverer::throttled(Refusal refusal) {
    if (refusal.error_class == ErrorClass::throttled && !refusal.after) {
        const int doublings = std::min(throttled_in_a_row_++, 10);
        const Millis pause = std::min(first_pause * (1 << doublings), longest_pause);
        static std::minstd_rand random{std::random_device{}()};
        refusal.after = pause / 2 + Millis{random() % static_cast<unsigned>(pause.count() / 2 + 1)};
    }
    return refusal;
}

Deliverer::Place& Deliverer::place_of(const Json& options) {
    std::unique_ptr<Place>& place = places_[options.dump()];
    if (!place) {
        place = std::make_unique<Place>(parse_options(options));
    }
    return *place;
}

Json Deliverer::deliver(Place& place, const Json& frame) {
    check_folder(place);
    Orders all = orders_of(frame, place.options.folder);
    const bool again = frame.value("again", false);
    Json deliveries = Json::array();
    for (Order& order : all.orders) {
        deliveries.push_back(delivery_of(send_into(place, order, again), place.options.target));
    }
    return deliveries;
}

void Deliverer::check_folder(Place& place) {
    if (!place.is_checked) {
        place.drive.check_folder(place.options.folder);
        place.is_checked = true;
    }
}

/// Into the folder that its name has, which somebody may have removed since it was looked at.
RemoteFile Deliverer::send_into(Place& place, Order& order, bool again) {
    const FileInfo wanted = order.info;
    place.folders.place(order.info);
    try {
        return send(place, order, again);
    } catch (const Refused& refused) {
        if (!says_folder_is_gone(refused.refusal())) {
            throw;
        }
        place.is_checked = false;
        if (order.info.folder == wanted.folder) {
            throw;
        }
    }
    check_folder(place);
    place.folders.forget();
    order.info = wanted;
    place.folders.place(order.info);
    return send(place, order, true);
}

RemoteFile Deliverer::send(Place& place, Order& order, bool again) {
    const std::string md5 = md5_of(order.content);
    RemoteFile file;
    if (const auto own = find_own(place, order, again)) {
        // What was made before may be of an attempt with another content.
        order.info.name = own->name;
        file = own->md5 == md5 ? *own : uploads_.send(place.drive, order, md5, own->id);
    } else {
        file = uploads_.send(place.drive, order, md5, make_way(place, order));
    }
    if (file.is_in_bin) {
        place.drive.check_folder(order.info.folder);
        throw_gone(order.info.name);
    }
    return file;
}

/// What an earlier attempt has made, whose answer may have been lost.
std::optional<RemoteFile> Deliverer::find_own(Place& place, const Order& order, bool again) {
    if (!again) {
        return std::nullopt;
    }
    for (RemoteFile& file : place.drive.newest(order.info.folder)) {
        if (file.item == order.info.item) {
            return std::move(file);
        }
    }
    return std::nullopt;
}

/// The file to replace, if there is one and it may be; else a name that is free.
std::optional<std::string> Deliverer::make_way(Place& place, Order& order) {
    const std::string wanted = order.info.name;
    for (int number = 2;; ++number) {
        const auto there = place.drive.named(order.info.folder, order.info.name);
        if (there.empty()) {
            return std::nullopt;
        }
        if (there.front().item == order.info.item) {
            return there.front().id;
        }
        if (place.options.on_collision == OnCollision::overwrite && there.size() == 1 &&
            !is_of_sibling(there.front(), order)) {
            return there.front().id;
        }
        if (place.options.on_collision != OnCollision::suffix || number > most_numbers) {
            throw_taken(order.info.name);
        }
        order.info.name = with_number(wanted, number);
    }
}

}  // namespace batch::drive
