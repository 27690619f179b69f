#include "core/auth/pages.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>

#include <openssl/evp.h>

namespace batch::auth {
namespace {

struct Words {
    std::string_view mark;  ///< a picture of one letter
    std::string_view tone;  ///< class of the mark
    std::string_view title;
    std::string_view text;
};

constexpr Words words_of(Page page) {
    switch (page) {
        case Page::success:
            return {"\u2713", "good", "You are logged in",
                    "batchctl has stored the login. You can close this page and go back to the "
                    "terminal."};
        case Page::cancelled:
            return {"\u2013", "calm", "The login was cancelled",
                    "Nothing was changed. To try again, go back to the terminal and run "
                    "<code>batchctl auth login</code>; in the browser choose <b>Continue</b>."};
        case Page::failed:
            return {
                "!", "bad", "The login did not succeed",
                "Nothing was stored. The terminal in which <code>batchctl</code> runs says why, "
                "and what to do next. You can close this page."};
        case Page::stranger:
            return {
                "?", "bad", "This page belongs to no login",
                "The link is of another login, or an old one. Go back to the terminal, and open "
                "the address that it shows now."};
        case Page::not_here:
            return {
                "?", "calm", "There is nothing here",
                "batchctl waits here for the end of a login. Go on in the page of the provider."};
        case Page::used:
            return {"?", "bad", "This address was opened already",
                    "It leads to the provider once: go on there. If it was not you who opened it, "
                    "press Ctrl-C in the terminal, and start again."};
        case Page::bad_request:
            return {"?", "bad", "That was no answer to a login",
                    "batchctl waits here for the end of a login. Go back to the terminal, and open "
                    "the address that it shows."};
    }
    return {};
}

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--back:#f6f7f9;--card:#fff;--text:#1c2430;--soft:#55606e;--line:#dfe3e8;--good:#1a7f45;--calm:#55606e;--bad:#b3261e;--on:#fff}
@media(prefers-color-scheme:dark){:root{--back:#12161b;--card:#1b2128;--text:#eef1f5;--soft:#aab4c0;--line:#313a44;--good:#58c88a;--calm:#aab4c0;--bad:#f28b82;--on:#12161b}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1.25rem;background:var(--back);color:var(--text);font:1.0625rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main{width:100%;max-width:30rem;padding:2.25rem 2rem 2rem;background:var(--card);border:1px solid var(--line);border-radius:.875rem}
.mark{display:flex;align-items:center;justify-content:center;width:3rem;height:3rem;margin:0 0 1.25rem;border-radius:50%;color:var(--on);font-size:1.5rem;font-weight:700}
.good{background:var(--good)}.calm{background:var(--calm)}.bad{background:var(--bad)}
h1{margin:0 0 .625rem;font-size:1.5rem;line-height:1.25}
p{margin:0;color:var(--soft)}
b,code{color:var(--text)}
code{font:.95em ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
footer{margin-top:1.75rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.875rem}
)";

/// For the Content-Security-Policy, which allows this style alone.
std::string style_digest() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(style.data(), style.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::array<unsigned char, 64> text{};
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
    return {text.begin(), text.begin() + length};
}

std::string html(Page page) {
    const Words words = words_of(page);
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<link rel=\"icon\" href=\"data:,\"><title>{} - batchctl</title>"
        "<style>{}</style></head><body><main><div class=\"mark {}\" aria-hidden=\"true\">{}</div>"
        "<h1>{}</h1><p>{}</p><footer>batchctl</footer></main></body></html>\n",
        words.title, style, words.tone, words.mark, words.title, words.text);
}

std::string_view reason_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 302: return "Found";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 410: return "Gone";
        case 414: return "URI Too Long";
        case 421: return "Misdirected Request";
        case 431: return "Request Header Fields Too Large";
        default: return "Bad Request";
    }
}

}  // namespace

std::string page_response(int status, Page page) {
    const std::string body = html(page);
    return fmt::format(
        "HTTP/1.1 {} {}\r\n{}Content-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
        "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'; img-src data:; "
        "style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
        "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\nConnection: close\r\n\r\n{}",
        status, reason_of(status), status == 405 ? "Allow: GET\r\n" : "", body.size(),
        style_digest(), body);
}

std::string redirect_response(const std::string& url) {
    return fmt::format(
        "HTTP/1.1 302 {}\r\nLocation: {}\r\nContent-Length: 0\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
        reason_of(302), url);
}

}  // namespace batch::auth
