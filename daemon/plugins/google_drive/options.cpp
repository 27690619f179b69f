#include "daemon/plugins/google_drive/options.hpp"

#include <nlohmann/json.hpp>

namespace batch::drive {
namespace {

std::string option_text(const plugin::Json& options, const char* name) {
    const auto found = options.find(name);
    return found != options.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

Options parse_options(const plugin::Json& options) {
    const std::string collision = option_text(options, "on_collision");
    Options result{.folder = option_text(options, "folder"),
                   .target = option_text(options, "target"),
                   .account = option_text(options, "account"),
                   .subject = option_text(options, "subject"),
                   .credentials = option_text(options, "credentials"),
                   .url = option_text(options, "url"),
                   .on_collision = collision == "suffix"      ? OnCollision::suffix
                                   : collision == "overwrite" ? OnCollision::overwrite
                                                              : OnCollision::error};
    if (const std::string file = option_text(options, "ca_file"); !file.empty()) {
        result.ca_file = file;
    }
    if (result.folder.empty()) {
        throw plugin::Refused({.error_class = ErrorClass::config,
                               .code = "bad_options",
                               .message = "google-drive needs the id of a folder, folder",
                               .hint = "",
                               .after = {}});
    }
    if (result.target.empty()) {
        result.target = "drive:" + result.folder;
    }
    if (result.url.empty()) {
        result.url = "https://www.googleapis.com";
    }
    return result;
}

plugin::Json options_schema() {
    return plugin::Json::parse(R"({"type":"object","required":["folder"],
        "additionalProperties":false,"properties":{
            "folder":{"type":"string","description":"id of the folder"},
            "target":{"type":"string","description":"how the folder is named in results"},
            "account":{"type":"string","description":"the login to use"},
            "subject":{"type":"string","description":"whose login it is"},
            "credentials":{"type":"string","description":"the folder of the logins"},
            "url":{"type":"string","description":"where the interface is"},
            "ca_file":{"type":"string","description":"authorities to trust"},
            "on_collision":{"type":"string","enum":["error","suffix","overwrite"],
                "default":"error","description":"what happens if a name is taken"}}})");
}

}  // namespace batch::drive
