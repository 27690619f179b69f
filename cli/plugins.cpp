#include "cli/plugins.hpp"

namespace batch::cli {

Plugins::Plugins(Context& context)
    : catalogue_(plugin_folders(context.config().folders.data, context.settings().plugins.path),
                 context.config().folders.home),
      jail_(context.settings().plugins.jail == Jail::required) {}

const Plugins::Found& Plugins::find(const std::string& name_or_path, const Typed& typed) {
    const auto known = found_.find(name_or_path);
    if (known != found_.end()) {
        return known->second;
    }
    const bool is_path = name_or_path.find('/') != std::string::npos;
    Found found{.path = is_path ? catalogue_.find_or_path(name_or_path)
                                : catalogue_.find(name_or_path, typed)};
    found.manifest = describe_plugin(found.path);
    found.jailed = found.manifest.jail && jail_;
    return found_.emplace(name_or_path, std::move(found)).first->second;
}

}  // namespace batch::cli
