#include "daemon/plugins/chromium/input.hpp"

#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "core/plugin/outbox.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::chromium {

using Json = nlohmann::json;
using plugin::Refused;

namespace {

// A larger page takes the renderer minutes and gigabytes.
constexpr std::size_t max_html = std::size_t{8} << 20;

Refused permanent(std::string code, std::string message, std::string hint) {
    return Refused({.error_class = ErrorClass::permanent,
                    .code = std::move(code),
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .after = {}});
}

Refused no_html(const std::string& what) {
    return permanent("no_html", "there is no HTML to print: " + what,
                     "make the page in the step before: --template page.html --to pdf");
}

std::string html_of_file(const Json& file) {
    try {
        return read_file(file.value("path", ""), max_html);
    } catch (const Error& error) {
        if (error.code() != "too_large") {
            throw;
        }
        throw permanent("too_large", "the page is over 8 MiB", "");
    }
}

}  // namespace

std::string html_of(const Json& frame) {
    const auto input = frame.find("input");
    if (input == frame.end() || !input->is_object()) {
        throw no_html("no step before made anything");
    }
    if (const auto text = input->find("text"); text != input->end() && text->is_string()) {
        const std::string type = input->value("media_type", "text/html");
        if (!type.starts_with("text/html")) {
            throw no_html(fmt::format("the step before made {}", type));
        }
        return text->get<std::string>();
    }
    for (const Json& file : input->value("files", Json::array())) {
        if (file.value("media_type", "").starts_with("text/html")) {
            return html_of_file(file);
        }
    }
    throw no_html("the step before made none");
}

}  // namespace batch::chromium
