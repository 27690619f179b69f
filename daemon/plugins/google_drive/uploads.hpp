#pragma once

#include "daemon/plugins/google_drive/drive.hpp"
#include "daemon/plugins/google_drive/orders.hpp"

#include <map>
#include <optional>
#include <string>

namespace batch::drive {

/// Sends files to Drive: small ones at once, large ones in parts, of which those that broke off go
/// on where they were.
class Uploads {
public:
    /// Makes the file, or replaces the content of the one with the id; md5: of the content.  Throws
    /// Refused{retryable} if what Drive has afterwards is something else.
    RemoteFile send(Drive& drive, const Order& order, const std::string& md5,
                    const std::optional<std::string>& id);

private:
    RemoteFile send_in_parts(Drive& drive, const Order& order, const std::string& md5,
                             const std::optional<std::string>& id);

    std::map<std::string, std::string> sessions_;  ///< of what broke off, by folder, item and MD5
};

}  // namespace batch::drive
