#pragma once

#include "core/base/secret.hpp"

#include <filesystem>
#include <string>

namespace batch::auth {

/// The program's own registration with a provider.
struct ClientKey {
    std::string id = {};
    Secret secret = {};         ///< empty: a public client
    std::string auth_uri = {};  ///< as the file says; may be empty
    std::string token_uri = {};
};

/// Reads what Google's console gives for a client of the type "Desktop app"
/// ({"installed":{"client_id":...}}).
///
/// Throws Error{config} naming what is wrong and where to get a good one, Error{not_found} if there
/// is no such file.  `is_open` tells whether others may read it.
struct ClientFile {
    ClientKey key = {};
    bool is_open_to_others = false;
};

ClientFile read_client_file(const std::filesystem::path& path);

/// The text of such a file; `name` names it in messages.
ClientKey parse_client(std::string_view text, const std::string& name);

}  // namespace batch::auth
