#include "cli/submit/plan.hpp"

#include "cli/submit/delivery.hpp"
#include "cli/submit/drive_delivery.hpp"
#include "cli/submit/exec_step.hpp"
#include "cli/submit/flags.hpp"
#include "cli/templates/templates.hpp"
#include "core/base/error.hpp"
#include "core/model/logins.hpp"
#include "core/model/output.hpp"
#include "core/model/placeholder.hpp"
#include "core/plugin/options.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto outcome = "nothing was stored";

constexpr const char* delivery_flag = "--deliver";

Typed typed_as(std::string flag) {
    return {.flag = std::move(flag), .outcome = outcome};
}

/// "pdf" of "pdf:paper=A5".
std::string format_of(const std::string& to) {
    return to.substr(0, to.find(':'));
}

void check_format(const std::string& to) {
    const std::string format = format_of(to);
    if (format != "pdf" && format != "html" && format != "txt") {
        throw Error(ErrorKind::usage,
                    fmt::format("--to cannot make \"{}\"; nothing was stored", format),
                    "one of: pdf, html, txt");
    }
    if (format != "pdf" && format != to) {
        throw Error(ErrorKind::usage,
                    fmt::format("--to {} has no options; nothing was stored", format),
                    "write: --to " + format);
    }
}

/// Of a plugin that makes one type only.
std::string extension_made_by(const Manifest& manifest) {
    const bool one =
        manifest.out.size() == 1 && manifest.out.front().find('*') == std::string::npos;
    return one ? std::string(extension_of(manifest.out.front())) : std::string();
}

/// Of a rendered text: engines make plain text of what they do not know.
std::string extension_of_text(const std::string& type) {
    const std::string_view media_type = media_type_of(type);
    return media_type == media_type_of("bin") ? "txt" : std::string(extension_of(media_type));
}

class Planner {
public:
    Planner(Context& context, Plugins& plugins, const SubmitOptions& options)
        : context_(context), plugins_(plugins), options_(options) {}

    Planned make();

private:
    Step& add(const std::string& plugin, Json options, const Typed& typed);
    void add_argument(const std::string& text, const std::string& flag);
    void check_has_work(const Manifest& manifest) const;
    void refuse_login(const Manifest& manifest, const Typed& typed) const;
    void add_table(const StepTable& table);
    void add_template();
    void add_rendering(const std::string& name, const std::string& engine, Json options,
                       const Typed& typed);
    void add_build();
    void add_command();
    void refuse_idle_account() const;
    void add_delivery(const std::string& target);
    void add_drive(const std::string& target);
    void set_limits();

    Context& context_;
    Plugins& plugins_;
    const SubmitOptions& options_;
    Planned planned_;
    std::map<std::string, std::string> folders_;  ///< of deliveries, and how they were typed
    std::string extension_;  ///< of what the last step makes; empty if it is not known
};

Planned Planner::make() {
    if (!options_.to.empty()) {
        check_format(options_.to);
    }
    if (options_.step_tables.empty()) {
        add_template();
        add_build();
        for (const std::string& step : options_.steps) {
            add_argument(step, "--step");
        }
        add_command();
    }
    std::ranges::for_each(options_.step_tables, [this](const auto& each) { add_table(each); });
    if (planned_.plan.steps.empty()) {
        throw Error(ErrorKind::usage,
                    "nothing to do with the rows: no --template, --step or COMMAND",
                    fmt::format("a command for each row: batchctl {} ROWS -- COMMAND {{column}}",
                                options_.verb));
    }
    set_limits();
    refuse_idle_account();
    std::ranges::for_each(options_.deliver, [this](const auto& each) { add_delivery(each); });
    return std::move(planned_);
}

/// A step of a plugin that renders gets its template from --template or a [[step]].
void Planner::check_has_work(const Manifest& manifest) const {
    if (manifest.lint) {
        throw Error(
            ErrorKind::usage,
            fmt::format("plugin {} renders a template, and there is none; nothing was stored",
                        manifest.name),
            "name it: --template FILE, in a job file: template = \"FILE\"");
    }
}

/// Whoever writes a step could send a login's token anywhere; a delivery is put together here.
void Planner::refuse_login(const Manifest& manifest, const Typed& typed) const {
    if (manifest.login && typed.flag != delivery_flag) {
        throw Error(ErrorKind::usage,
                    fmt::format("plugin {} uses a login, and is no step of its own; nothing was "
                                "stored",
                                manifest.name),
                    "deliver with it: -d drive:ID, in a job file: deliver = \"drive:ID\"");
    }
}

Step& Planner::add(const std::string& name, Json options, const Typed& typed) {
    const Plugins::Found& plugin = plugins_.find(name, typed);
    refuse_login(plugin.manifest, typed);
    if (plugin.manifest.name == "exec") {
        complete_exec(options, options_, context_.settings());
    }
    check_options(options, plugin.manifest, typed);
    extension_ = extension_made_by(plugin.manifest);
    const bool is_path = name.find('/') != std::string::npos;
    planned_.plan.steps.push_back({.plugin = is_path ? fs::absolute(name).string() : name,
                                   .version = plugin.manifest.version,
                                   .options = dump(options),
                                   .has_placeholders = needs_filling(options)});
    return planned_.plan.steps.back();
}

void Planner::add_argument(const std::string& text, const std::string& flag) {
    Typed typed = typed_as(flag);
    const PluginArgument argument = parse_plugin_argument(text, typed);
    typed.rest = argument.rest;
    const Plugins::Found& plugin = plugins_.find(argument.name, typed);
    check_has_work(plugin.manifest);
    add(argument.name, options_of(argument, plugin.manifest, typed), typed);
}

void Planner::add_table(const StepTable& table) {
    const Typed typed = typed_as("plugin =");
    Json options = parse_json(table.options, "the step");
    try {
        if (table.template_name.empty()) {
            check_has_work(plugins_.find(table.plugin, typed).manifest);
            add(table.plugin, std::move(options), typed);
        } else {
            add_rendering(table.template_name, table.plugin, std::move(options), typed);
        }
    } catch (const Error& error) {
        throw error.place() ? error : error.at(table.place);
    }
}

void Planner::add_rendering(const std::string& name, const std::string& engine_typed, Json options,
                            const Typed& typed) {
    const StoredTemplate text = read_template(context_, name, engine_typed);
    const PluginArgument engine = parse_plugin_argument(text.engine, typed);
    const Json own = options_of(engine, plugins_.find(engine.name, typed).manifest, typed);
    for (const auto& [key, value] : own.items()) {
        if (!options.contains(key)) {
            options[key] = value;
        }
    }
    const std::string type = options.value("to", type_of_template(text.name));
    Step& step = add(engine.name, std::move(options), typed);
    extension_ = extension_of_text(type);
    step.template_ref = TemplateRef{.name = text.name, .sha256 = text.sha256};
    if (text.version > 0) {
        step.template_ref->version = text.version;
    }
    planned_.templates.push_back(
        {.text = text, .typed = name, .step = planned_.plan.steps.size() - 1});
}

void Planner::add_template() {
    const std::string to = format_of(options_.to);
    if (options_.template_name.empty()) {
        if (!to.empty()) {
            throw Error(ErrorKind::usage,
                        "--to builds from a template, and there is none; nothing was stored",
                        "name it: --template FILE");
        }
        return;
    }
    Json options = Json::object();
    if (!to.empty()) {
        options["to"] = to;
    }
    add_rendering(options_.template_name, options_.engine, std::move(options),
                  typed_as("--engine"));
}

void Planner::add_build() {
    if (format_of(options_.to) != "pdf") {
        return;
    }
    Typed typed = typed_as("--to");
    typed.name = format_of(options_.to);
    const Plugins::Found& browser = plugins_.find("chromium");
    Json options = options_of(parse_plugin_argument(options_.to, typed), browser.manifest, typed);
    options["to"] = "pdf";
    add("chromium", std::move(options), typed);
}

void Planner::add_command() {
    if (!options_.command.empty()) {
        add("exec", {{"command", options_.command}}, typed_as("--"));
    }
}

void Planner::refuse_idle_account() const {
    if (!options_.account.empty() && std::ranges::none_of(options_.deliver, is_drive)) {
        throw Error(ErrorKind::usage,
                    fmt::format("--account {} is for Drive, and nothing is delivered there; "
                                "nothing was stored",
                                options_.account),
                    "deliver there: -d drive:ID, in a job file: deliver = \"drive:ID\"");
    }
}

void Planner::add_delivery(const std::string& target) {
    const std::string folder = is_drive(target) ? target : delivery_folder(target).string();
    if (const auto [other, is_new] = folders_.try_emplace(folder, target); !is_new) {
        throw Error(ErrorKind::usage,
                    target == other->second
                        ? fmt::format("--deliver {} is given twice; nothing was stored", target)
                        : fmt::format("--deliver {} and {} are one folder; nothing was stored",
                                      other->second, target));
    }
    if (is_drive(target)) {
        add_drive(target);
        return;
    }
    add("file",
        {{"dir", without_placeholders(folder)},
         {"target", without_placeholders(target)},
         {"on_collision", options_.on_collision}},
        typed_as(delivery_flag));
    planned_.plan.deliver.push_back(target);
}

void Planner::add_drive(const std::string& target) {
    Json options = drive_options(context_, target, options_.account);
    for (auto& [name, value] : options.items()) {
        value = without_placeholders(value.get<std::string>());
    }
    options["on_collision"] = options_.on_collision;
    add(drive_plugin, std::move(options), typed_as(delivery_flag));
    planned_.plan.deliver.push_back(target);
}

void Planner::set_limits() {
    Plan& plan = planned_.plan;
    const Settings::Items& usual = context_.settings().items;
    const bool runs_a_command =
        std::ranges::any_of(plan.steps, [](const Step& step) { return step.plugin == "exec"; });
    plan.retry = {.retries = options_.retries.value_or(runs_a_command ? 0 : usual.retries),
                  .backoff_min = usual.backoff.min,
                  .backoff_max = usual.backoff.max,
                  .item_timeout = usual.timeout};
    if (!options_.item_timeout.empty()) {
        plan.retry.item_timeout = parse_duration(options_.item_timeout, "--item-timeout");
    }
    if (!options_.backoff.empty()) {
        const Backoff backoff = backoff_of(options_.backoff);
        plan.retry.backoff_min = backoff.min;
        plan.retry.backoff_max = backoff.max;
    }
    plan.concurrency = options_.concurrency;
    plan.output_name = options_.output_name;
    plan.extension = extension_;
    plan.on_collision = options_.on_collision == "suffix"      ? OnCollision::suffix
                        : options_.on_collision == "overwrite" ? OnCollision::overwrite
                                                               : OnCollision::error;
}

}  // namespace

Planned make_plan(Context& context, Plugins& plugins, const SubmitOptions& options) {
    return Planner(context, plugins, options).make();
}

}  // namespace batch::cli
