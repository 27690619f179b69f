#pragma once

#include "core/base/secret.hpp"
#include "core/http/client.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::drive {

/// The app property by which a file is found again: its value is the item's key and the number of
/// the file.  Others can neither see nor set it.
inline constexpr std::string_view item_property = "batchItem";

/// A file in Drive.
struct RemoteFile {
    std::string id = {};
    std::string name = {};
    std::string link = {};   ///< the page that shows it
    std::string md5 = {};    ///< of its content; empty if Drive does not know one
    std::string item = {};   ///< item_property; empty if another program made it
    bool is_in_bin = false;  ///< by itself or because its folder is
};

/// What is known of a file before it is sent.
struct FileInfo {
    std::string name = {};
    std::string folder = {};
    std::string media_type = {};
    std::string item = {};
};

/// Where a token comes from; with one that was refused it must be another.
using TokenSource = std::function<Secret(const std::optional<Secret>& refused)>;

/// Told of a new token that was refused as well; throws.
using OnRefused = std::function<void(const Secret& token)>;

/// Google Drive's interface, version 3 (developers.google.com/drive/api/reference/rest/v3).
///
/// Each call is one request, and one more with a new token after a 401.  They throw
/// plugin::Refused, with the class that Drive's reason asks for; what cannot be told to have
/// happened or not is retryable.
class Drive {
public:
    /// The client must outlive it; url: "https://www.googleapis.com".
    Drive(http::Client& client, std::string url, TokenSource tokens, OnRefused refused);

    /// The newest files of the folder, with their item property: 1,000 at most.
    std::vector<RemoteFile> newest(const std::string& folder);

    /// Those of this name in the folder.
    std::vector<RemoteFile> named(const std::string& folder, const std::string& name);

    /// Throws Refused{config} unless it is a folder, and not one in the bin.
    void check_folder(const std::string& folder);

    /// What has become of a folder: elsewhere is also the bin, and another name.
    enum class FolderState { there, elsewhere, unknown };
    FolderState look_at_folder(const std::string& id, const std::string& parent,
                               const std::string& name);

    /// The oldest folder of this name in the folder, as far as Drive lists it by now.
    std::optional<std::string> folder_named(const std::string& folder, const std::string& name);

    /// An id for a folder that is yet to be made.
    std::string new_id();

    /// False if the id is in use already.
    bool make_folder(const std::string& id, const std::string& parent, const std::string& name);

    /// One request for description and content.  With an id the file is replaced.
    RemoteFile send_at_once(const FileInfo& info, const http::FilePart& content,
                            const std::optional<std::string>& id);

    /// Begins an upload in parts; its address.
    std::string begin_upload(const FileInfo& info, std::uint64_t size,
                             const std::optional<std::string>& id);

    /// How an upload stands.
    struct Progress {
        std::uint64_t received = 0;
        std::optional<RemoteFile> file = {};  ///< it is complete
        bool is_gone = false;                 ///< Drive knows nothing of it any more
    };

    /// Sends all from `received` on; absent if Drive did not say how it stands now.
    std::optional<Progress> send_rest(const std::string& session, const http::FilePart& content,
                                      std::uint64_t received);
    Progress ask_progress(const std::string& session, std::uint64_t size);

private:
    http::Response call(http::Request request);
    http::Response call_once(http::Request& request, const Secret& token);
    std::vector<RemoteFile> list(const std::string& folder, const std::string& more,
                                 const char* order);
    nlohmann::ordered_json about(const std::string& id, const char* fields);
    nlohmann::ordered_json list_page(const std::string& folder, const std::string& url);
    Progress progress_of(const http::Response& response) const;

    http::Client& client_;
    std::string url_;
    TokenSource tokens_;
    OnRefused refused_;
};

/// The MD5 of a part of a file in lower case digits, as Drive tells it.
std::string md5_of(const http::FilePart& part);

}  // namespace batch::drive
