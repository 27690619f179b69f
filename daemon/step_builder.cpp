#include "daemon/step_builder.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/plugin/frames.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdlib>
#include <span>

namespace batch {
namespace {

/// What a worker, and so a command, gets of batchd's own environment.
constexpr std::array usual_variables{"PATH",   "HOME", "USER",   "LANG",
                                     "LC_ALL", "TZ",   "TMPDIR", "BATCH_CHROMIUM"};

/// What a plugin gets beside that which uses a login: where tokens and keys are, and the way out.
/// No secret is among them: batchd takes BATCH_ACCESS_TOKEN itself out of its environment.
constexpr std::array login_variables{"BATCH_ACCESS_TOKEN_FILE",
                                     "GOOGLE_APPLICATION_CREDENTIALS",
                                     "CREDENTIALS_DIRECTORY",
                                     "DBUS_SESSION_BUS_ADDRESS",
                                     "XDG_RUNTIME_DIR",
                                     "https_proxy",
                                     "HTTPS_PROXY",
                                     "all_proxy",
                                     "ALL_PROXY",
                                     "no_proxy",
                                     "NO_PROXY"};

void add_variables(std::vector<std::string>& env, std::span<const char* const> names) {
    for (const char* const name : names) {
        if (const char* const value = std::getenv(name)) {
            env.push_back(std::string(name) + "=" + value);
        }
    }
}

std::vector<std::string> worker_environment(const Manifest& manifest) {
    std::vector<std::string> env;
    add_variables(env, usual_variables);
    if (manifest.login) {
        add_variables(env, login_variables);
    }
    return env;
}

Catalogue catalogue_of(const Config& config) {
    return Catalogue(plugin_folders(config.folders.data, config.settings.plugins.path),
                     config.folders.home);
}

}  // namespace

StepBuilder::StepBuilder(Store& store, const Config& config, WorkDirs& dirs)
    : store_(store), config_(config), dirs_(dirs), catalogue_(catalogue_of(config)) {}

void StepBuilder::look_for_plugins() {
    catalogue_ = catalogue_of(config_);
}

std::vector<StepRun> StepBuilder::build(const Batch& batch) {
    std::vector<StepRun> runs(batch.plan.steps.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Step& step = batch.plan.steps[i];
        runs[i].spec = spec_of(step, batch.id);
        if (step.has_placeholders) {
            runs[i].options = std::make_shared<const Json>(parse_json(step.options, "options"));
        }
    }
    return runs;
}

std::string StepBuilder::init_frame(const Step& step) {
    std::optional<StoredTemplate> text;
    TemplateText shown;
    if (step.template_ref) {
        text = store_.reading().template_text(step.template_ref->sha256);
        if (!text) {
            throw Error(ErrorKind::not_found,
                        "the text of template " + step.template_ref->name + " is gone");
        }
        shown = {.name = step.template_ref->name, .sha256 = text->sha256, .source = text->source};
    }
    std::string frame;
    append_init(frame, {.options = step.options,
                        .template_text = shown,
                        .jailed = config_.settings.plugins.jail == Jail::required});
    return frame;
}

const Manifest& StepBuilder::manifest_of(const std::filesystem::path& program) {
    std::error_code gone;
    const auto changed = std::filesystem::last_write_time(program, gone);
    if (gone) {
        throw system_error("look at " + program.string(), gone.value());
    }
    const auto known = manifests_.find(program);
    if (known != manifests_.end() && known->second.changed == changed) {
        return known->second.manifest;
    }
    Described described{changed, describe_plugin(program)};
    return manifests_.insert_or_assign(program, std::move(described)).first->second.manifest;
}

bool StepBuilder::is_jailed(const Step& step, const Manifest& manifest) const {
    if (!manifest.jail || config_.settings.plugins.jail != Jail::required) {
        return false;
    }
    if (const auto problem = jail_problem()) {
        throw Error(ErrorKind::config, step.plugin + " needs bubblewrap: " + *problem,
                    "without a jail, at your own risk: plugins.jail = \"off\"");
    }
    return true;
}

/// What its items get and make; the files that an earlier step has made lie there too.
JailView StepBuilder::view_of(std::string_view batch_id) {
    try {
        const std::filesystem::path work = dirs_.open(batch_id);
        return {.readable = {work.parent_path()}, .writable = {work}};
    } catch (const Error& error) {
        throw Error(ErrorKind::unavailable, error.what(), error.hint());
    }
}

std::shared_ptr<const WorkerSpec> StepBuilder::spec_of(const Step& step,
                                                       std::string_view batch_id) {
    const std::filesystem::path program = catalogue_.find_or_path(step.plugin);
    std::string init = init_frame(step);
    std::weak_ptr<const WorkerSpec>& known = specs_[program.string() + '\n' + init];
    if (auto spec = known.lock()) {
        return spec;
    }
    const Manifest& manifest = manifest_of(program);
    const bool jailed = is_jailed(step, manifest);
    const bool sees_batch = jailed && manifest.files;
    const JailView view = sees_batch ? view_of(batch_id) : JailView{};
    const std::vector<std::string> argv{program.string()};
    auto spec = std::make_shared<const WorkerSpec>(
        WorkerSpec{.plugin = manifest.name,
                   .init = std::move(init),
                   .argv = jailed ? in_jail(argv, view) : argv,
                   .env = worker_environment(manifest),
                   .concurrency = static_cast<std::size_t>(manifest.concurrency),
                   .files = manifest.files});
    if (!sees_batch) {
        known = spec;
    }
    std::erase_if(specs_, [](const auto& entry) { return entry.second.expired(); });
    return spec;
}

}  // namespace batch
