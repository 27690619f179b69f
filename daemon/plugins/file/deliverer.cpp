#include "daemon/plugins/file/deliverer.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace batch::file {

using plugin::Json;
using plugin::Refusal;
using plugin::Refused;

namespace {

constexpr std::size_t most_at_once = 64;  // files open at a time, two descriptors each
constexpr std::size_t most_roots = 64;    // more only if the folder has placeholders

[[noreturn]] void refuse_options(const std::string& message) {
    throw Refused({.error_class = ErrorClass::config,
                   .code = "bad_options",
                   .message = message,
                   .hint = "",
                   .after = {}});
}

std::string text_in(const Json& object, const char* member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

OnCollision policy_of(const std::string& word) {
    if (word.empty() || word == "error") {
        return OnCollision::error;
    }
    if (word == "suffix") {
        return OnCollision::suffix;
    }
    if (word == "overwrite") {
        return OnCollision::overwrite;
    }
    refuse_options(fmt::format("on_collision is error, suffix or overwrite, not \"{}\"", word));
}

Options parse_options(const Json& options) {
    Options result{.folder = text_in(options, "dir"),
                   .target = text_in(options, "target"),
                   .on_collision = policy_of(text_in(options, "on_collision"))};
    if (result.folder.empty()) {
        refuse_options("file needs the folder to deliver to, dir");
    }
    if (result.target.empty()) {
        result.target = result.folder;
    }
    return result;
}

/// Why an item could not be delivered.
Refusal refusal_of(const Error& error) {
    Refusal refusal{.error_class = ErrorClass::retryable,
                    .code = std::string{error.code()},
                    .message = error.what(),
                    .hint = error.hint(),
                    .after = {}};
    if (error.kind() == ErrorKind::permission) {
        refusal.error_class = ErrorClass::config;
    } else if (error.kind() == ErrorKind::bad_input || error.kind() == ErrorKind::conflict) {
        refusal.error_class = ErrorClass::permanent;
    }
    return refusal;
}

std::string name_of(const Json& file, const std::string& fallback) {
    const std::string name = text_in(file, "name");
    return !name.empty()      ? name
           : fallback.empty() ? std::filesystem::path{text_in(file, "path")}.filename().native()
                              : fallback;
}

/// The content of an item that has no files.
std::string text_of(const Json& input) {
    const auto text = input.find("text");
    if (text != input.end() && text->is_string()) {
        return text->get<std::string>();
    }
    const auto value = input.find("value");
    if (value != input.end()) {
        return value->dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
    }
    throw Refused({.error_class = ErrorClass::permanent,
                   .code = "nothing_to_deliver",
                   .message = "the step before made nothing that could be delivered",
                   .hint = "",
                   .after = {}});
}

std::vector<Order> orders_of(const Json& frame, OnCollision on_collision) {
    const Json input = frame.value("input", Json::object());
    const Json files = input.value("files", Json::array());
    const std::string key = text_in(frame, "key");
    std::string name = text_in(input, "name");
    std::vector<Order> orders;
    for (const Json& file : files) {
        orders.push_back({.name = parse_name(name_of(file, files.size() == 1 ? name : "")),
                          .item_key = key,
                          .source = text_in(file, "path"),
                          .text = "",
                          .on_collision = on_collision});
    }
    if (orders.empty()) {
        if (name.empty()) {
            name = frame.value("index", Json(0)).dump() + ".txt";
        }
        orders.push_back({.name = parse_name(name),
                          .item_key = key,
                          .source = "",
                          .text = text_of(input),
                          .on_collision = on_collision});
    }
    return orders;
}

}  // namespace

Json Deliverer::describe() const {
    return Json::parse(R"({"protocol":1,"name":"file","version":")" BATCH_VERSION R"(",
        "summary":"Deliver outputs into a folder","in":["*/*"],"out":["*/*"],
        "concurrency":16,"files":false,"jail":false,"lint":false,
        "options":{"type":"object","required":["dir"],"additionalProperties":false,"properties":{
            "dir":{"type":"string","description":"the folder; made if it is not there"},
            "target":{"type":"string","description":"how the folder is named in results"},
            "on_collision":{"type":"string","enum":["error","suffix","overwrite"],
                "default":"error","description":"what happens if a name is taken"}}}})");
}

void Deliverer::init(const Json& frame, plugin::Outbox& outbox) {
    options_ = parse_options(plugin::options_of(frame));
    outbox.ready();
}

void Deliverer::item(plugin::ItemId id, Json frame, plugin::Outbox&) {
    try {
        const Options options =
            frame.contains("options") ? parse_options(plugin::options_of(frame)) : options_;
        jobs_.push_back({.id = id,
                         .target = options.target,
                         .root = root_of(options.folder),
                         .orders = orders_of(frame, options.on_collision)});
    } catch (const Error& error) {
        throw Refused(refusal_of(error));
    }
}

void Deliverer::cancel(plugin::ItemId id, plugin::Outbox& outbox) {
    if (std::erase_if(jobs_, [id](const Job& job) { return job.id == id; }) > 0) {
        outbox.error(id, {.error_class = ErrorClass::cancelled,
                          .code = "cancelled",
                          .message = "cancelled before it began",
                          .hint = "",
                          .after = {}});
    }
}

void Deliverer::handle(std::span<const pollfd>, plugin::Outbox& outbox) {
    std::vector<Job> jobs = std::exchange(jobs_, {});
    deliver(jobs);
    for (const Job& job : jobs) {
        answer(job, outbox);
    }
}

std::shared_ptr<const Root> Deliverer::root_of(const std::filesystem::path& folder) {
    const auto known = roots_.find(folder);
    if (known != roots_.end() && known->second->is_there()) {
        return known->second;
    }
    if (roots_.size() >= most_roots) {
        roots_.clear();
    }
    return roots_.insert_or_assign(folder, std::make_shared<const Root>(folder)).first->second;
}

void Deliverer::deliver(std::vector<Job>& jobs) {
    std::vector<Placed> group;
    for (Job& job : jobs) {
        for (Order& order : job.orders) {
            if (job.refusal) {
                break;
            }
            try {
                group.push_back({&job, Placement{job.root, std::move(order)}});
            } catch (const Error& error) {
                job.refusal = refusal_of(error);
            }
            if (group.size() == most_at_once) {
                place(group);
                group.clear();
            }
        }
    }
    place(group);
}

/// Every step for all before the next step: one wait for the disk instead of many.
void Deliverer::place(std::vector<Placed>& group) {
    const auto for_each = [&](auto&& step) {
        for (Placed& each : group) {
            try {
                if (!each.job->refusal) {
                    step(each);
                }
            } catch (const Error& error) {
                each.job->refusal = refusal_of(error);
            }
        }
    };
    for_each([](const Placed& each) { each.placement.sync(); });
    for_each([](Placed& each) { each.placement.publish(); });
    std::set<std::pair<dev_t, ino_t>> synced;
    for_each([&](const Placed& each) {
        if (const auto folder = each.placement.folder_id(); !synced.contains(folder)) {
            each.placement.sync_folder();
            synced.insert(folder);
        }
        each.job->locations.push_back(each.placement.location());
    });
}

void Deliverer::answer(const Job& job, plugin::Outbox& outbox) {
    if (job.refusal) {
        outbox.error(job.id, *job.refusal);
        return;
    }
    Json deliveries = Json::array();
    for (const auto& location : job.locations) {
        deliveries.push_back({{"target", job.target}, {"location", location.native()}});
    }
    outbox.result(job.id, {{"deliveries", std::move(deliveries)}});
}

}  // namespace batch::file
