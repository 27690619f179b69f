// A client_secret.json.

#include "core/auth/vault/client_file.hpp"

#include "tests/fuzz/target.hpp"

namespace batch::fuzz {

bool takes(std::string_view input) {
    const auth::ClientKey key = auth::parse_client(input, "client_secret.json");
    expect(!key.id.empty(), "a client has an id");
    for (const std::string& text : {key.id, key.secret.reveal(), key.auth_uri, key.token_uri}) {
        expect(text.size() <= 512 && is_printable(text), "what it says can be sent");
    }
    return true;
}

}  // namespace batch::fuzz
