#include "daemon/plugins/google_drive/orders.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace batch::drive {

using plugin::Json;

namespace {

constexpr const char* usual_type = "application/octet-stream";

std::string order_text(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::uint64_t size_of(int fd) {
    struct stat about {};

    if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        throw system_error("read the file to deliver", errno);
    }
    return static_cast<std::uint64_t>(about.st_size);
}

/// A text as a file that has no name.
Fd file_of_text(const std::string& text) {
    Fd fd{::memfd_create("text", MFD_CLOEXEC)};
    if (!fd) {
        throw system_error("keep a text", errno);
    }
    write_all(fd.get(), text);
    return fd;
}

std::string text_of_input(const Json& input) {
    const auto text = input.find("text");
    if (text != input.end() && text->is_string()) {
        return text->get<std::string>();
    }
    const auto value = input.find("value");
    if (value != input.end()) {
        return value->dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
    }
    throw plugin::Refused({.error_class = ErrorClass::permanent,
                           .code = "nothing_to_deliver",
                           .message = "the step before made nothing that could be delivered",
                           .hint = "",
                           .after = {}});
}

/// It goes into a header: nothing but printable ASCII.
std::string media_type_of(const Json& object, const char* otherwise) {
    const std::string type = order_text(object, "media_type");
    const bool is_good = !type.empty() && std::ranges::all_of(type, [](char letter) {
        return letter >= ' ' && letter <= '~';
    });
    return is_good ? type : otherwise;
}

void add(Orders& all, Fd fd, FileInfo info) {
    all.orders.push_back({.info = std::move(info),
                          .content = {.fd = fd.get(), .offset = 0, .size = size_of(fd.get())}});
    all.fds.push_back(std::move(fd));
}

Fd open_file(const std::string& path) {
    Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) {
        throw system_error("read " + path, errno);
    }
    return fd;
}

}  // namespace

Orders orders_of(const Json& frame, const std::string& folder) {
    const Json input = frame.value("input", Json::object());
    const Json files = input.value("files", Json::array());
    const std::string key = order_text(frame, "key");
    const std::string name = order_text(input, "name");
    Orders all;
    for (const Json& file : files) {
        const std::string path = order_text(file, "path");
        const std::string own = order_text(file, "name");
        add(all, open_file(path),
            {.name = !own.empty() ? own
                     : files.size() == 1 && !name.empty()
                         ? name
                         : std::filesystem::path{path}.filename().native(),
             .folder = folder,
             .media_type = media_type_of(file, usual_type),
             .item = files.size() == 1 ? key : fmt::format("{}/{}", key, all.orders.size())});
    }
    if (all.orders.empty()) {
        add(all, file_of_text(text_of_input(input)),
            {.name = name.empty() ? frame.value("index", Json(0)).dump() + ".txt" : name,
             .folder = folder,
             .media_type = media_type_of(input, "text/plain"),
             .item = key});
    }
    return all;
}

std::string with_number(const std::string& name, int number) {
    const std::filesystem::path path{name};
    return fmt::format("{} ({}){}", path.stem().native(), number, path.extension().native());
}

}  // namespace batch::drive
