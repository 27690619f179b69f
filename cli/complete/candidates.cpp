#include "cli/complete/candidates.hpp"

#include "cli/output/shapes.hpp"
#include "core/auth/accounts/account.hpp"
#include "core/base/text.hpp"
#include "core/plugin/catalogue.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace batch::cli {
namespace {

constexpr std::size_t most_batches = 50;

using Values = std::vector<std::string_view>;

const Values item_statuses{"pending", "running", "done", "failed", "cancelled"};
const Values final_statuses{"done", "failed", "aborted"};
const Values batch_statuses{"submitted", "queued", "running", "done", "failed", "aborted"};

Values statuses_for(std::string_view verb) {
    if (verb == "retry") {
        return {"failed", "cancelled"};
    }
    return verb == "items" ? item_statuses : verb == "prune" ? final_statuses : batch_statuses;
}

Values fields_for(std::string_view verb) {
    if (verb == "items") {
        return item_fields();
    }
    if (verb == "results") {
        return result_fields();
    }
    return verb == "logs" ? log_fields() : batch_fields();
}

void offer_list(Candidates& candidates, const Values& values) {
    const auto comma = candidates.typed().rfind(',');
    if (comma != std::string::npos) {
        candidates.set_prefix(candidates.typed().substr(0, comma + 1));
    }
    for (const std::string_view value : values) {
        candidates.add(value);
    }
}

/// What the verb does nothing to is not worth offering.
bool is_for(std::string_view verb, const Batch& batch) {
    if (verb == "retry") {
        return batch.status == BatchStatus::failed || batch.status == BatchStatus::aborted;
    }
    if (verb == "resume") {
        return batch.paused.has_value();
    }
    if (verb == "cancel" || verb == "pause" || verb == "wait" || verb == "watch") {
        return !is_final(batch.status);
    }
    return true;
}

}  // namespace

void Candidates::add(std::string_view word, std::string_view meaning) {
    const std::string whole = prefix_ + std::string(word);
    // A line break or a tab in a name would be another candidate.
    if (whole.starts_with(typed_) && whole == printable(whole)) {
        lines_ += fmt::format("{}\t{}\n", whole, printable(meaning));
    }
}

std::string Candidates::text() const {
    return fmt::format("{}:{}\n", lines_, static_cast<int>(files_));
}

void offer_batches(Candidates& candidates, Context& context, std::string_view verb) {
    std::error_code ignored;
    if (!std::filesystem::exists(context.paths().state, ignored)) {
        return;  // completion makes no state file
    }
    Reading& reading = context.store().reading();
    const std::string& typed = candidates.typed();
    bool first = true;
    for (const Batch& batch : reading.batches({.limit = most_batches})) {
        if (!is_for(verb, batch)) {
            continue;
        }
        const std::string meaning = fmt::format("{}, {}", batch.name, word_of(batch.status));
        if (batch.key && typed.starts_with("key=")) {
            candidates.add("key=" + *batch.key, meaning);
            continue;
        }
        const std::string id = short_id(batch.id);
        candidates.add(typed.empty() || id.starts_with(typed) ? id : batch.id, meaning);
        if (first && batch.uid == context.uid()) {
            candidates.add("@last", meaning);
            first = false;
        }
    }
}

void offer_plugins(Candidates& candidates, Context& context) {
    const Settings& settings = context.settings();
    const Catalogue catalogue(plugin_folders(context.config().folders.data, settings.plugins.path));
    for (const InstalledPlugin& plugin : catalogue.list()) {
        candidates.add(plugin.name);
    }
}

void offer_templates(Candidates& candidates, Context& context) {
    std::error_code ignored;
    if (!std::filesystem::exists(context.paths().state, ignored)) {
        return;
    }
    std::string last;
    for (const StoredTemplate& each : context.store().reading().templates()) {
        if (each.name != last) {
            candidates.add(each.name, each.engine);
        }
        last = each.name;
    }
}

void offer_accounts(Candidates& candidates, Context& context) {
    for (const std::string& name :
         auth::account_names(auth::credentials_folder(context.config().folders.state))) {
        candidates.add(name);
    }
}

bool offer_values(Candidates& candidates, Context& context, std::string_view verb,
                  std::string_view option) {
    constexpr std::array<std::string_view, 4> folders{"deliver", "save", "chdir", "dir"};
    constexpr std::array<std::string_view, 5> files{"state", "config", "schema", "output",
                                                    "client-file"};
    if (option == "status") {
        offer_list(candidates, statuses_for(verb));
    } else if (option == "fields") {
        offer_list(candidates, fields_for(verb));
    } else if (option == "color") {
        offer_list(candidates, {"auto", "always", "never"});
    } else if (option == "to") {
        offer_list(candidates, {"pdf", "html", "txt"});
    } else if (option == "step" || option == "engine") {
        offer_plugins(candidates, context);
    } else if (option == "account") {
        offer_accounts(candidates, context);
    } else if (option == "template") {
        offer_templates(candidates, context);
        candidates.set_files(Files::any);
    } else if (std::ranges::find(folders, option) != folders.end()) {
        candidates.set_files(Files::folders);
    } else if (std::ranges::find(files, option) != files.end()) {
        candidates.set_files(Files::any);
    } else {
        return false;
    }
    return true;
}

}  // namespace batch::cli
