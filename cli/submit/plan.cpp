#include "cli/submit/plan.hpp"

#include "cli/submit/program.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/output.hpp"
#include "core/model/placeholder.hpp"
#include "core/os/file.hpp"
#include "core/plugin/options.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_template = std::size_t{8} << 20;

bool is_file_name(std::string_view name) {
    return name.find_first_of("./") != std::string_view::npos;
}

/// "card.html.j2" -> "html": the type of what a template makes.
std::string type_of_template(const fs::path& name) {
    std::string extension = name.extension().string();
    if (extension == ".j2" || extension == ".jinja" || extension == ".mustache") {
        extension = name.stem().extension().string();
    }
    return extension.empty() ? "txt" : extension.substr(1);
}

std::string engine_of(const SubmitOptions& options, const fs::path& name) {
    if (!options.engine.empty()) {
        return options.engine;
    }
    return name.extension() == ".mustache" ? "mustache" : "jinja";
}

class Planner {
public:
    Planner(Context& context, const SubmitOptions& options)
        : context_(context), options_(options), catalogue_(catalogue_of(context)) {}

    Planned make() {
        add_template();
        add_build();
        for (const std::string& step : options_.steps) {
            add_plugin(step, "--step");
        }
        add_command();
        if (planned_.plan.steps.empty()) {
            throw Error(ErrorKind::usage,
                        "nothing to do with the rows: no --template, --step or COMMAND",
                        "a command for each row: batchctl submit ROWS -- COMMAND {column}");
        }
        for (const std::string& target : options_.deliver) {
            add_delivery(target);
        }
        set_limits();
        return std::move(planned_);
    }

private:
    Step& add(const std::string& name, Json options, const std::string& flag) {
        const Typed typed{.flag = flag, .outcome = "nothing was stored"};
        const fs::path program = catalogue_.find_or_path(name);
        const Manifest manifest = describe_plugin(program);
        check_options(options, manifest, typed);
        planned_.plan.steps.push_back(
            {.plugin = name.find('/') == std::string::npos ? name : fs::absolute(name).string(),
             .version = manifest.version,
             .options = dump(options),
             .has_placeholders = !placeholders_in(options).empty()});
        return planned_.plan.steps.back();
    }

    void add_plugin(const std::string& text, const std::string& flag) {
        Typed typed{.flag = flag, .outcome = "nothing was stored"};
        const PluginArgument argument = parse_plugin_argument(text, typed);
        typed.rest = argument.rest;
        const Manifest manifest = describe_plugin(argument.name.find('/') == std::string::npos
                                                      ? catalogue_.find(argument.name, typed)
                                                      : catalogue_.find_or_path(argument.name));
        add(argument.name, options_of(argument, manifest, typed), flag);
    }

    StoredTemplate read_template() {
        const std::string& name = options_.template_name;
        if (!is_file_name(name)) {
            return find_stored(name);
        }
        StoredTemplate text{.name = fs::path(name).filename(),
                            .source = read_file(name, largest_template)};
        text.sha256 = sha256_hex(text.source);
        text.engine = engine_of(options_, name);
        return text;
    }

    StoredTemplate find_stored(const std::string& name) {
        const auto at = name.find('@');
        std::optional<int> version;
        if (at != std::string::npos) {
            version = std::atoi(name.c_str() + at + 1);
        }
        const auto found = context_.store().reading().find_template(name.substr(0, at), version);
        if (!found) {
            throw Error(
                ErrorKind::not_found, fmt::format("there is no stored template \"{}\"", name),
                "those there are: batchctl template list; a file's name has a dot or a slash");
        }
        return *found;
    }

    void add_template() {
        if (options_.template_name.empty()) {
            if (!options_.to.empty()) {
                throw Error(ErrorKind::usage, "--to builds from a template, and there is none",
                            "name it: --template FILE");
            }
            return;
        }
        const StoredTemplate text = read_template();
        const std::string to = options_.to.substr(0, options_.to.find(':'));
        type_ = to.empty() || to == "pdf" ? type_of_template(text.name) : to;
        Json options = Json::object();
        if (!to.empty()) {
            options["to"] = to;
        }
        Step& step = add(text.engine, std::move(options), "--engine");
        step.template_ref = TemplateRef{.name = text.name, .sha256 = text.sha256};
        if (text.version > 0) {
            step.template_ref->version = text.version;
        }
        planned_.templates.push_back(text);
    }

    void add_build() {
        const std::string to = options_.to.substr(0, options_.to.find(':'));
        if (to.empty() || to == "html" || to == "txt") {
            return;
        }
        if (to != "pdf") {
            throw Error(ErrorKind::usage,
                        fmt::format("--to cannot make \"{}\"; nothing was stored", to),
                        "one of: pdf, html, txt");
        }
        const Typed typed{.flag = "--to", .outcome = "nothing was stored"};
        PluginArgument argument = parse_plugin_argument(options_.to, typed);
        const Manifest manifest = describe_plugin(catalogue_.find("chromium"));
        Json options = options_of(argument, manifest, typed);
        options["to"] = to;
        type_ = to;
        add("chromium", std::move(options), "--to");
    }

    void add_command() {
        if (options_.command.empty()) {
            return;
        }
        const fs::path folder =
            options_.chdir.empty() ? fs::current_path() : fs::absolute(options_.chdir);
        Json options{{"command", options_.command},
                     {"stdout", options_.standard_output},
                     {"chdir", folder.lexically_normal().string()},
                     {"log_size", context_.settings().items.log_size}};
        check_program(options_.command, folder);
        for (const std::string& each : options_.env) {
            const auto sign = each.find('=');
            if (sign == std::string::npos || sign == 0) {
                throw Error(ErrorKind::usage, fmt::format("--env {} is not NAME=VALUE", each));
            }
            options["env"][each.substr(0, sign)] = each.substr(sign + 1);
        }
        const auto add_codes = [&options](const char* name, const std::vector<int>& codes) {
            if (!codes.empty()) {
                options[name] = codes;
            }
        };
        add_codes("retry_on", options_.retry_on);
        add_codes("no_retry_on", options_.no_retry_on);
        add_codes("success_codes", options_.success_codes);
        add("exec", std::move(options), "--");
    }

    void add_delivery(const std::string& target) {
        if (target.find("://") != std::string::npos || target.starts_with("drive:")) {
            throw Error(ErrorKind::usage,
                        fmt::format("--deliver knows no \"{}\"; nothing was stored", target),
                        "a folder: --deliver ./DIR");
        }
        add("file",
            {{"dir", fs::absolute(target).lexically_normal().string()},
             {"target", target},
             {"on_collision", options_.on_collision}},
            "--deliver");
        planned_.plan.deliver.push_back(target);
    }

    void set_limits() {
        Plan& plan = planned_.plan;
        const Settings& settings = context_.settings();
        plan.retry = {.retries = options_.retries.value_or(
                          options_.command.empty() ? settings.items.retries : 0),
                      .backoff_min = settings.items.backoff.min,
                      .backoff_max = settings.items.backoff.max,
                      .item_timeout = settings.items.timeout};
        if (!options_.item_timeout.empty()) {
            plan.retry.item_timeout = parse_duration(options_.item_timeout, "--item-timeout");
        }
        if (!options_.backoff.empty()) {
            const auto dots = options_.backoff.find("..");
            plan.retry.backoff_min = parse_duration(options_.backoff.substr(0, dots), "--backoff");
            plan.retry.backoff_max =
                dots == std::string::npos
                    ? plan.retry.backoff_min
                    : parse_duration(options_.backoff.substr(dots + 2), "--backoff");
        }
        plan.concurrency = options_.concurrency;
        plan.output_name = options_.output_name;
        plan.extension = type_;
        plan.on_collision = options_.on_collision == "suffix"      ? OnCollision::suffix
                            : options_.on_collision == "overwrite" ? OnCollision::overwrite
                                                                   : OnCollision::error;
    }

    Context& context_;
    const SubmitOptions& options_;
    Catalogue catalogue_;
    Planned planned_;
    std::string type_;
};

}  // namespace

Catalogue catalogue_of(Context& context) {
    const Config& config = context.config();
    return Catalogue(plugin_folders(config.folders.data, config.settings.plugins.path),
                     config.folders.home);
}

Planned make_plan(Context& context, const SubmitOptions& options) {
    return Planner(context, options).make();
}

}  // namespace batch::cli
