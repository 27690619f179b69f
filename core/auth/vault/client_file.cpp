#include "core/auth/vault/client_file.hpp"

#include "core/auth/vault/plain_file.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::auth {
namespace {

constexpr std::size_t longest_file = std::size_t{64} << 10U;
constexpr std::size_t longest_id = 512;
constexpr const char* where_to_get =
    "download one of the type \"Desktop app\": man batchctl-auth-login";

[[noreturn]] void refuse_client(const std::string& name, const std::string& why) {
    throw Error(ErrorKind::config, fmt::format("{}: {}", name, why), where_to_get);
}

std::string client_text(const Json& object, const char* member, const std::string& name) {
    const auto found = object.find(member);
    if (found == object.end()) {
        return {};
    }
    const bool is_good = found->is_string() &&
                         std::ranges::all_of(found->get_ref<const std::string&>(), [](char letter) {
                             return letter > ' ' && letter <= '~';
                         });
    if (!is_good || found->get_ref<const std::string&>().size() > longest_id) {
        refuse_client(name, fmt::format("\"{}\" is no text of letters, digits and signs", member));
    }
    return found->get<std::string>();
}

}  // namespace

ClientKey parse_client(std::string_view text, const std::string& name) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    Json document;
    try {
        document = parse_json(text, name);
    } catch (const Error& error) {
        if (!trim(text).starts_with('{')) {
            refuse_client(name, "is no client file of Google's, which is JSON");
        }
        throw Error(ErrorKind::config, error.what(), where_to_get);
    }
    if (document.is_object() && document.contains("web")) {
        refuse_client(name, "is for a web server, not for a program on a computer");
    }
    if (document.is_object() && document.contains("type")) {
        refuse_client(name, "is a key of a service account or a login, not of a client");
    }
    if (!document.is_object() || !document.contains("installed") ||
        !document["installed"].is_object()) {
        refuse_client(name, "is no client file of Google's");
    }
    const Json& installed = document["installed"];
    ClientKey key{.id = client_text(installed, "client_id", name),
                  .secret = Secret{client_text(installed, "client_secret", name)},
                  .auth_uri = client_text(installed, "auth_uri", name),
                  .token_uri = client_text(installed, "token_uri", name)};
    if (key.id.empty()) {
        refuse_client(name, "there is no \"client_id\"");
    }
    if (key.id.find_first_of("\"\\") != std::string::npos) {
        refuse_client(name, "\"client_id\" is no text of letters, digits and signs");
    }
    return key;
}

ClientFile read_client_file(const std::filesystem::path& path) {
    PlainFile file = read_plain_file(path, longest_file);
    ClientFile result{.key = parse_client(file.text, path.native()),
                      .is_open_to_others = file.is_open_to_others};
    cleanse(file.text);
    return result;
}

}  // namespace batch::auth
