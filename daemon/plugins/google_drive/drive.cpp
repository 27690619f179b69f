#include "daemon/plugins/google_drive/drive.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/base/redact.hpp"
#include "core/base/text.hpp"
#include "core/plugin/outbox.hpp"
#include "daemon/plugins/google_drive/refusals.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace batch::drive {

using plugin::Refused;

namespace {

constexpr std::size_t largest_list = std::size_t{4} << 20U;  // bytes of a page
constexpr std::size_t most_listed = 1000;                    // files
constexpr std::chrono::hours longest_upload{6};  // of one request; it ends sooner if nothing moves
constexpr const char* file_fields = "id,name,webViewLink,md5Checksum,appProperties,trashed";
constexpr const char* folder_type = "application/vnd.google-apps.folder";
constexpr const char* all_drives = "supportsAllDrives=true";

bool is_in_bin(const Json& object) {
    return object.value("trashed", Json(false)) == Json(true);
}

RemoteFile file_of(const Json& object) {
    RemoteFile file{.id = text_member(object, "id"),
                    .name = text_member(object, "name"),
                    .link = text_member(object, "webViewLink"),
                    .md5 = text_member(object, "md5Checksum"),
                    .is_in_bin = is_in_bin(object)};
    const auto properties = object.find("appProperties");
    if (properties != object.end() && properties->is_object()) {
        file.item = text_member(*properties, item_property.data());
    }
    return file;
}

std::optional<Json> json_of(const http::Response& response) {
    try {
        Json object = parse_json(response.body, "the answer");
        return object.is_object() ? std::optional{object} : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// The file that the answer tells of.  Throws Refused{retryable} if it tells of none.
RemoteFile file_in(const http::Response& response) {
    const auto object = json_of(response);
    if (!object || text_member(*object, "id").empty()) {
        throw Refused(unreadable(response));
    }
    return file_of(*object);
}

/// As a literal of Drive's query language.
std::string literal(std::string_view text) {
    std::string result = "'";
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\') {
            result += '\\';
        }
        result += letter;
    }
    return result + "'";
}

/// What Drive is told of a file; one that is there keeps its folder.
std::string description_of(const FileInfo& info, bool is_new) {
    Json description{{"name", info.name},
                     {"mimeType", info.media_type},
                     {"appProperties", {{std::string{item_property}, info.item}}}};
    if (is_new) {
        description["parents"] = Json::array({info.folder});
    }
    return dump(description);
}

std::string upload_path(const std::optional<std::string>& id, const char* type) {
    return fmt::format("/upload/drive/v3/files{}?uploadType={}&{}&fields={}",
                       id ? "/" + http::percent_encoded(*id) : "", type, all_drives,
                       http::percent_encoded(file_fields));
}

/// "bytes=0-524287" is half a MiB.
std::uint64_t received_of(const http::Response& response) {
    const std::string_view range = response.header("range");
    const auto dash = range.rfind('-');
    std::uint64_t last = 0;
    if (dash == std::string_view::npos ||
        std::from_chars(range.data() + dash + 1, range.data() + range.size(), last).ec !=
            std::errc{}) {
        return 0;
    }
    return last + 1;
}

}  // namespace

Drive::Drive(http::Client& client, std::string url, TokenSource tokens, OnRefused refused)
    : client_{client},
      url_{std::move(url)},
      tokens_{std::move(tokens)},
      refused_{std::move(refused)} {}

http::Response Drive::call_once(http::Request& request, const Secret& token) {
    request.headers.push_back("Authorization: Bearer " + token.reveal());
    try {
        http::Response response = client_.send(request);
        if (response.status >= 400) {
            response.body = without(std::move(response.body), token);
        }
        cleanse(request.headers.back());
        request.headers.pop_back();
        return response;
    } catch (const Error&) {
        cleanse(request.headers.back());
        request.headers.pop_back();
        throw;
    }
}

http::Response Drive::call(http::Request request) {
    try {
        const Secret token = tokens_(std::nullopt);
        http::Response response = call_once(request, token);
        if (response.status != 401) {
            return response;
        }
        const Secret other = tokens_(token);
        response = call_once(request, other);
        if (response.status == 401) {
            refused_(other);
        }
        return response;
    } catch (const Error& error) {
        throw Refused(refusal_of(error));
    }
}

Json Drive::list_page(const std::string& folder, const std::string& url) {
    const http::Response response = call({.url = url, .max_body = largest_list});
    if (response.status != 200) {
        throw Refused(refusal_of(response, folder));
    }
    auto page = json_of(response);
    const auto files = page ? page->find("files") : Json::iterator{};
    if (!page || files == page->end() || !files->is_array()) {
        throw Refused(unreadable(response));
    }
    return std::move(*page);
}

/// Pages may be shorter than was asked for.
std::vector<RemoteFile> Drive::list(const std::string& folder, const std::string& more,
                                    const char* order) {
    const std::string url = fmt::format(
        "{}/drive/v3/files?q={}&fields={}&pageSize={}&orderBy={}&{}&includeItemsFromAllDrives=true",
        url_,
        http::percent_encoded(
            fmt::format("{} in parents and trashed = false{}", literal(folder), more)),
        http::percent_encoded(fmt::format("nextPageToken,files({})", file_fields)), most_listed,
        http::percent_encoded(order), all_drives);
    std::vector<RemoteFile> result;
    std::string next;
    do {
        const Json page = list_page(
            folder, next.empty() ? url : url + "&pageToken=" + http::percent_encoded(next));
        for (const Json& file : page["files"]) {
            if (file.is_object()) {
                result.push_back(file_of(file));
            }
        }
        next = text_member(page, "nextPageToken");
    } while (!next.empty() && result.size() < most_listed);
    return result;
}

std::vector<RemoteFile> Drive::newest(const std::string& folder) {
    return list(folder, "", "createdTime desc");
}

std::vector<RemoteFile> Drive::named(const std::string& folder, const std::string& name) {
    std::vector<RemoteFile> found = list(folder, " and name = " + literal(name), "createdTime");
    std::erase_if(found, [&name](const RemoteFile& file) { return file.name != name; });
    return found;
}

Json Drive::about(const std::string& id, const char* fields) {
    const http::Response response =
        call({.url = fmt::format("{}/drive/v3/files/{}?fields={}&{}", url_,
                                 http::percent_encoded(id), fields, all_drives)});
    if (response.status != 200) {
        throw Refused(refusal_of(response, id));
    }
    auto object = json_of(response);
    if (!object) {
        throw Refused(unreadable(response));
    }
    return std::move(*object);
}

void Drive::check_folder(const std::string& folder) {
    const Json object = about(folder, "mimeType,trashed");
    if (text_member(object, "mimeType") != folder_type) {
        throw Refused({.error_class = ErrorClass::config,
                       .code = "drive_refused",
                       .message = fmt::format("{} in Drive is no folder", folder),
                       .hint = "the id of a folder is the end of its address in the browser",
                       .after = {}});
    }
    if (is_in_bin(object)) {
        throw Refused(folder_in_bin(folder));
    }
}

Drive::FolderState Drive::look_at_folder(const std::string& id, const std::string& parent,
                                         const std::string& name) {
    Json object;
    try {
        object = about(id, "name,mimeType,parents,trashed");
    } catch (const Refused& refused) {
        if (refused.refusal().code != folder_missing_code) {
            throw;
        }
        return FolderState::unknown;
    }
    const Json parents = object.value("parents", Json::array());
    const bool is_there = text_member(object, "mimeType") == folder_type &&
                          text_member(object, "name") == name && !is_in_bin(object) &&
                          (parents.empty() || parent == "root" ||
                           std::ranges::find(parents, Json(parent)) != parents.end());
    return is_there ? FolderState::there : FolderState::elsewhere;
}

std::optional<std::string> Drive::folder_named(const std::string& folder, const std::string& name) {
    for (const RemoteFile& each :
         list(folder,
              fmt::format(" and mimeType = {} and name = {}", literal(folder_type), literal(name)),
              "createdTime")) {
        if (each.name == name) {
            return each.id;
        }
    }
    return std::nullopt;
}

std::string Drive::new_id() {
    const http::Response response =
        call({.url = url_ + "/drive/v3/files/generateIds?count=1&space=drive&type=files"});
    if (response.status != 200) {
        throw Refused(refusal_of(response, {}));
    }
    const auto object = json_of(response);
    const auto ids = object ? object->find("ids") : Json::const_iterator{};
    if (!object || ids == object->end() || !ids->is_array() || ids->empty() ||
        !ids->front().is_string()) {
        throw Refused(unreadable(response));
    }
    return ids->front().get<std::string>();
}

bool Drive::make_folder(const std::string& id, const std::string& parent, const std::string& name) {
    const Json folder{
        {"id", id}, {"name", name}, {"mimeType", folder_type}, {"parents", Json::array({parent})}};
    const http::Response response =
        call({.method = http::Method::post,
              .url = fmt::format("{}/drive/v3/files?fields=id&{}", url_, all_drives),
              .headers = {"Content-Type: application/json; charset=UTF-8"},
              .body = dump(folder)});
    if (response.status != 200 && response.status != 409) {
        throw Refused(refusal_of(response, parent));
    }
    return response.status == 200;
}

RemoteFile Drive::send_at_once(const FileInfo& info, const http::FilePart& content,
                               const std::optional<std::string>& id) {
    // Nothing in a description or a file can look like it: it is random.
    const std::string boundary = "batch-" + md5_of(content) + "-" + info.item.substr(0, 8);
    http::Request request{
        .method = id ? http::Method::patch : http::Method::post,
        .url = url_ + upload_path(id, "multipart"),
        .headers = {"Content-Type: multipart/related; boundary=" + boundary},
        .body = fmt::format("--{0}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{1}\r\n"
                            "--{0}\r\nContent-Type: {2}\r\n\r\n",
                            boundary, description_of(info, !id), info.media_type),
        .file = content,
        .tail = fmt::format("\r\n--{}--\r\n", boundary),
        .timeout = longest_upload};
    const http::Response response = call(std::move(request));
    if (response.status != 200) {
        throw Refused(refusal_of(response, info.folder));
    }
    return file_in(response);
}

std::string Drive::begin_upload(const FileInfo& info, std::uint64_t size,
                                const std::optional<std::string>& id) {
    const http::Response response =
        call({.method = id ? http::Method::patch : http::Method::post,
              .url = url_ + upload_path(id, "resumable"),
              .headers = {"Content-Type: application/json; charset=UTF-8",
                          "X-Upload-Content-Type: " + info.media_type,
                          fmt::format("X-Upload-Content-Length: {}", size)},
              .body = description_of(info, !id)});
    if (response.status != 200) {
        throw Refused(refusal_of(response, info.folder));
    }
    std::string session{response.header("location")};
    // The token goes along: nowhere but to the server that was asked.
    if (session.empty() || http::origin_of(session) != http::origin_of(url_)) {
        throw Refused(unreadable(response));
    }
    return session;
}

Drive::Progress Drive::progress_of(const http::Response& response) const {
    if (response.status == 308) {
        return {.received = received_of(response)};
    }
    if (response.status == 404 || response.status == 410) {
        return {.is_gone = true};
    }
    if (response.status != 200 && response.status != 201) {
        throw Refused(refusal_of(response, ""));
    }
    return {.file = file_in(response)};
}

std::optional<Drive::Progress> Drive::send_rest(const std::string& session,
                                                const http::FilePart& content,
                                                std::uint64_t received) {
    const http::FilePart rest{
        .fd = content.fd, .offset = content.offset + received, .size = content.size - received};
    http::Request request{.method = http::Method::put,
                          .url = session,
                          .headers = {fmt::format("Content-Range: bytes {}-{}/{}", received,
                                                  content.size - 1, content.size)},
                          .file = rest,
                          .timeout = longest_upload};
    try {
        return progress_of(call(std::move(request)));
    } catch (const Refused& refused) {
        const std::string& code = refused.refusal().code;
        if (code == "cut" || code == "timed_out" || code.starts_with("http_5")) {
            return std::nullopt;
        }
        throw;
    }
}

Drive::Progress Drive::ask_progress(const std::string& session, std::uint64_t size) {
    return progress_of(call({.method = http::Method::put,
                             .url = session,
                             .headers = {fmt::format("Content-Range: bytes */{}", size)}}));
}

}  // namespace batch::drive
