#include "core/auth/callback.hpp"

#include "core/auth/token_response.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace batch::auth {
namespace {

constexpr std::size_t longest_target = std::size_t{8} << 10U;
constexpr std::size_t most_headers = 100;
constexpr std::size_t longest_paste = 4096;
constexpr std::string_view scheme = "http://";

struct Header {
    std::string name;  ///< lower case
    std::string_view value;
};

/// The head of a request, taken apart.
struct Head {
    std::string_view method;
    std::string_view target;
    std::vector<Header> headers;

    std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(std::ranges::count(headers, name, &Header::name));
    }

    std::string_view value(std::string_view name) const {
        const auto found = std::ranges::find(headers, name, &Header::name);
        return found == headers.end() ? std::string_view{} : found->value;
    }
};

/// Lines end with CR LF, and with nothing else (RFC 9112, section 2.2 allows to be strict).
std::optional<std::string_view> take_line(std::string_view& rest) {
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos) {
        return std::nullopt;
    }
    return line;
}

bool read_request_line(std::string_view line, Head& head) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return false;
    }
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    return head.target.find(' ') == std::string_view::npos &&
           (version == "HTTP/1.1" || version == "HTTP/1.0");
}

bool read_header(std::string_view line, Head& head) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 ||
        line.substr(0, colon).find_first_of(" \t") != std::string_view::npos) {
        return false;  // a folded line begins with a blank
    }
    head.headers.push_back({lower(line.substr(0, colon)), trim(line.substr(colon + 1))});
    return true;
}

Verdict refused(int status, Page page = Page::bad_request) {
    return {.status = status, .page = page};
}

/// The head, or how to refuse it.
std::optional<Verdict> read_head(std::string_view bytes, Head& head) {
    const auto first = take_line(bytes);
    if (!first || !read_request_line(*first, head)) {
        return refused(400);
    }
    while (const auto line = take_line(bytes)) {
        if (line->empty()) {
            return head.target.size() > longest_target ? std::optional{refused(414)} : std::nullopt;
        }
        if (head.headers.size() == most_headers) {
            return refused(431);
        }
        if (!read_header(*line, head)) {
            return refused(400);
        }
    }
    return refused(400);
}

int hex_digit(char letter) {
    const auto place = std::string_view{"0123456789abcdef"}.find(
        letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter);
    return place == std::string_view::npos ? -1 : static_cast<int>(place);
}

/// Once, exactly; absent for %zz, %00 and what is not UTF-8.
std::optional<std::string> decoded(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            result += text[at] == '+' ? ' ' : text[at];
            continue;
        }
        const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
        const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return std::nullopt;
        }
        result += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return is_utf8(result) ? std::optional{result} : std::nullopt;
}

using Query = std::map<std::string, std::string, std::less<>>;

bool counts(std::string_view name) {
    return name == "state" || name == "code" || name == "error" || name == "iss";
}

/// The fields that count; absent if one stands twice or cannot be read.  Others are ignored.
std::optional<Query> parse_query(std::string_view text) {
    Query query;
    for (const std::string& field : split(text, '&')) {
        const std::size_t equals = field.find('=');
        const auto name = decoded(std::string_view{field}.substr(0, equals));
        const auto value =
            decoded(equals == std::string::npos ? std::string_view{}
                                                : std::string_view{field}.substr(equals + 1));
        if (!name || !value || (counts(*name) && !query.emplace(*name, *value).second)) {
            return std::nullopt;
        }
    }
    return query;
}

std::string value_in(const Query& query, std::string_view name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string{} : found->second;
}

bool has_wrong_issuer(const Query& query, const CallbackRules& rules) {
    const auto issuer = query.find("iss");
    return issuer == query.end() ? rules.needs_issuer : issuer->second != rules.issuer;
}

Verdict judge_query(std::string_view text, const CallbackRules& rules) {
    const auto query = parse_query(text);
    if (!query) {
        return refused(400);
    }
    if (const std::string state = value_in(*query, "state");
        rules.state.empty() || !same_secret(state, rules.state)) {
        return {.status = 400, .page = Page::stranger, .is_wrong_state = true};
    }
    const auto answered = [](CallbackAnswer answer) {
        return Verdict{.status = 200, .page = Page::failed, .answer = std::move(answer)};
    };
    if (has_wrong_issuer(*query, rules)) {
        return answered({.wrong_issuer = true});
    }
    if (query->contains("error")) {
        return answered({.error = clean_word(value_in(*query, "error"))});
    }
    const std::string code = value_in(*query, "code");
    const bool is_good =
        !code.empty() && code.size() <= longest_code && std::ranges::all_of(code, [](char letter) {
            return letter >= ' ' && letter <= '~';  // RFC 6749, appendix A.11
        });
    return is_good ? answered({.code = Secret{code}}) : refused(400);
}

/// A page of a browser is opened by a person; scripts, pictures and frames of other sites, and what
/// is fetched beforehand, say so in these headers (Fetch Metadata).
bool is_from_a_script(const Head& head) {
    const auto is_other = [&head](std::string_view name, std::string_view expected) {
        return head.count(name) > 0 && head.value(name) != expected;
    };
    return is_other("sec-fetch-mode", "navigate") || is_other("sec-fetch-dest", "document") ||
           head.count("origin") > 0 || head.count("sec-purpose") > 0 || head.count("purpose") > 0;
}

bool has_body(const Head& head) {
    return head.count("transfer-encoding") > 0 ||
           (head.count("content-length") > 0 && head.value("content-length") != "0");
}

/// What terminals put around what is pasted, blanks and quotes.
std::string_view without_wrapping(std::string_view text) {
    constexpr std::string_view begin = "\x1b[200~";
    constexpr std::string_view end = "\x1b[201~";
    text = trim(text);
    if (text.starts_with(begin)) {
        text = trim(text.substr(begin.size()));
    }
    if (text.ends_with(end)) {
        text = trim(text.substr(0, text.size() - end.size()));
    }
    if (text.size() >= 2 && text.front() == text.back() &&
        (text.front() == '"' || text.front() == '\'')) {
        text = text.substr(1, text.size() - 2);
    }
    return text;
}

}  // namespace

bool is_complete(std::string_view bytes) noexcept {
    return bytes.find("\r\n\r\n") != std::string_view::npos ||
           bytes.find("\n\n") != std::string_view::npos;
}

Verdict judge(std::string_view bytes, const CallbackRules& rules) {
    Head head;
    if (const auto refusal = read_head(bytes, head)) {
        return *refusal;
    }
    if (head.method != "GET") {
        return {.status = 405, .has_no_body = head.method == "HEAD"};
    }
    if (head.count("host") != 1 || has_body(head)) {
        return refused(400);
    }
    if (head.value("host") != rules.authority) {
        return refused(421);
    }
    const std::size_t mark = head.target.find('?');
    const bool is_entry = !rules.entry.empty() && same_secret(head.target, rules.entry);
    if (!is_entry && head.target.substr(0, mark) != callback_path) {
        return refused(404, Page::not_here);
    }
    if (is_from_a_script(head)) {
        return refused(403, Page::stranger);
    }
    if (is_entry) {
        return {.status = 302, .is_entry = true};
    }
    return judge_query(
        mark == std::string_view::npos ? std::string_view{} : head.target.substr(mark + 1), rules);
}

std::optional<Verdict> judge_pasted(std::string_view text, const CallbackRules& rules) {
    text = without_wrapping(text);
    if (text.empty() || text.size() > longest_paste ||
        text.find_first_of(" \t\r\n") != std::string_view::npos) {
        return std::nullopt;
    }
    // Some browsers leave the scheme away, and some people know the address by another name.
    std::string_view rest = text;
    rest.remove_prefix(rest.starts_with(scheme) ? scheme.size() : 0);
    const std::string port = rules.authority.substr(rules.authority.rfind(':'));
    for (const std::string& host : {rules.authority, "localhost" + port}) {
        const std::string address = host + std::string{callback_path} + "?";
        if (rest.starts_with(address)) {
            return judge_query(rest.substr(address.size()), rules);
        }
    }
    text.remove_prefix(text.starts_with('?') ? 1 : 0);
    const std::size_t equals = text.find('=');
    const bool is_address =
        text.find("://") != std::string_view::npos || text.substr(0, equals).find('?') != text.npos;
    return is_address || equals == text.npos ? std::nullopt
                                             : std::optional{judge_query(text, rules)};
}

}  // namespace batch::auth
