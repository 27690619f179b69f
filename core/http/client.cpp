#include "core/http/client.hpp"

#include "core/base/error.hpp"
#include "core/base/handle.hpp"
#include "core/base/redact.hpp"
#include "core/base/text.hpp"
#include "core/http/timing.hpp"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <unistd.h>

namespace batch::http {

namespace {

using Easy = Handle<CURL, curl_easy_cleanup>;
using HeaderList = Handle<curl_slist, curl_slist_free_all>;

constexpr long connect_timeout_ms = 10'000;
constexpr long slow_bytes = 1;     // less than this a second ...
constexpr long slow_seconds = 30;  // ... for so long is no transfer any more
constexpr std::size_t most_headers = std::size_t{64} << 10U;  // bytes

void check(CURLcode code, const char* action) {
    if (code != CURLE_OK) {
        throw Error(ErrorKind::internal,
                    fmt::format("cannot {}: {}", action, curl_easy_strerror(code)));
    }
}

template <typename Value>
void set(const Easy& easy, CURLoption option, Value value) {
    check(curl_easy_setopt(easy.get(), option, value), "prepare a request");
}

/// One request under way, for the callbacks.
struct Exchange {
    const Request* request = nullptr;
    const ClientOptions* options = nullptr;
    Response response = {};
    std::size_t header_bytes = 0;
    std::uint64_t sent = 0;
    bool is_too_large = false;
    bool is_interrupted = false;
    bool has_no_file = false;

    std::uint64_t size() const {
        return request->body.size() + (request->file ? request->file->size : 0) +
               request->tail.size();
    }
};

std::size_t copy_text(const std::string& text, std::uint64_t from, char* to, std::size_t room) {
    const std::size_t count = std::min(room, text.size() - static_cast<std::size_t>(from));
    std::copy_n(text.data() + from, count, to);
    return count;
}

std::size_t read_body(char* to, std::size_t, std::size_t room, void* user) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    const Request& request = *exchange.request;
    const std::uint64_t file_size = request.file ? request.file->size : 0;
    std::uint64_t at = exchange.sent;
    std::size_t count = 0;
    if (at < request.body.size()) {
        count = copy_text(request.body, at, to, room);
    } else if ((at -= request.body.size()) < file_size) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, file_size - at));
        const ssize_t got =
            ::pread(request.file->fd, to, wanted, static_cast<off_t>(request.file->offset + at));
        if (got <= 0) {
            exchange.has_no_file = true;
            return CURL_READFUNC_ABORT;
        }
        count = static_cast<std::size_t>(got);
    } else if ((at -= file_size) < request.tail.size()) {
        count = copy_text(request.tail, at, to, room);
    }
    exchange.sent += count;
    return count;
}

/// A connection that was kept turned out to be dead, and libcurl would send the body once more on
/// a new one.  It may have arrived: whoever asked decides whether to ask again.
int seek_body(void* user, curl_off_t offset, int) noexcept {
    return offset == 0 && static_cast<Exchange*>(user)->sent == 0 ? CURL_SEEKFUNC_OK
                                                                  : CURL_SEEKFUNC_FAIL;
}

std::size_t write_body(char* bytes, std::size_t, std::size_t count, void* user) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    try {
        if (exchange.response.body.size() + count > exchange.request->max_body) {
            exchange.is_too_large = true;
            return 0;
        }
        exchange.response.body.append(bytes, count);
        return count;
    } catch (...) {
        exchange.is_too_large = true;
        return 0;
    }
}

void keep_header(Exchange& exchange, std::string_view line) {
    if (line.starts_with("HTTP/")) {
        exchange.response.headers.clear();  // of a 100 Continue, or a proxy's
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        exchange.response.headers.insert_or_assign(lower(line.substr(0, colon)),
                                                   std::string{trim(line.substr(colon + 1))});
    }
}

std::size_t write_header(char* bytes, std::size_t, std::size_t count, void* user) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    try {
        exchange.header_bytes += count;
        if (exchange.header_bytes > most_headers) {
            exchange.is_too_large = true;
            return 0;
        }
        keep_header(exchange, {bytes, count});
        return count;
    } catch (...) {
        exchange.is_too_large = true;
        return 0;
    }
}

int ask_whether_to_go_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    try {
        exchange.is_interrupted = exchange.options->interrupted && exchange.options->interrupted();
    } catch (...) {
        exchange.is_interrupted = true;
    }
    return exchange.is_interrupted ? 1 : 0;
}

/// Bodies are never shown, only what is around them.
int trace(CURL*, curl_infotype type, char* bytes, std::size_t count, void* user) noexcept {
    if (type != CURLINFO_TEXT && type != CURLINFO_HEADER_IN && type != CURLINFO_HEADER_OUT) {
        return 0;
    }
    try {
        const char* mark = type == CURLINFO_TEXT ? "* " : type == CURLINFO_HEADER_IN ? "< " : "> ";
        const std::string clean = redact({bytes, count});
        for (const std::string& line : split(clean, '\n')) {
            if (!trim(line).empty()) {
                static_cast<const ClientOptions*>(user)->trace(mark + std::string{trim(line)});
            }
        }
    } catch (...) {
        return 0;  // it is only talk
    }
    return 0;
}

const char* name_of(Method method) {
    switch (method) {
        case Method::get: return "GET";
        case Method::post: return "POST";
        case Method::put: return "PUT";
        case Method::patch: return "PATCH";
        case Method::del: return "DELETE";
    }
    return "GET";
}

HeaderList header_list(const std::vector<std::string>& headers) {
    HeaderList list;
    const auto append = [&list](const char* line) {
        curl_slist* const longer = curl_slist_append(list.get(), line);
        if (longer == nullptr) {
            throw std::bad_alloc{};
        }
        static_cast<void>(list.release());
        list.reset(longer);
    };
    append("Expect:");  // no wait for 100 Continue
    for (const std::string& header : headers) {
        append(header.c_str());
    }
    return list;
}

/// scheme://host of the URL, which names the server in messages.
std::string server_of(const Request& request) {
    const std::string origin = origin_of(request.url);
    return origin.starts_with("https://") ? origin.substr(std::string_view{"https://"}.size())
                                          : origin;
}

[[noreturn]] void fail(const Request& request, const char* code, const std::string& why,
                       std::string hint = {}) {
    throw Error(ErrorKind::unavailable, fmt::format("{} {}", server_of(request), why),
                std::move(hint))
        .with_code(code);
}

[[noreturn]] void throw_untrusted(const Request& request, const std::string& why) {
    const bool is_about_time =
        why.find("not yet valid") != std::string::npos || why.find("expired") != std::string::npos;
    fail(request, "untrusted", fmt::format("is not trusted: {}", why),
         is_about_time ? "is the time here right: date"
                       : "is a proxy in between? see: man batch-config, auth.ca_file");
}

[[noreturn]] void throw_failure(const Exchange& exchange, CURLcode code, const char* detail) {
    const Request& request = *exchange.request;
    const std::string why = redact(*detail != '\0' ? detail : curl_easy_strerror(code));
    if (exchange.is_interrupted) {
        fail(request, "interrupted", "was not waited for");
    }
    if (exchange.has_no_file) {
        throw Error(ErrorKind::operation, "the file to send is shorter than it was");
    }
    if (exchange.is_too_large) {
        fail(request, "too_large", fmt::format("sent more than {} bytes", request.max_body));
    }
    switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION: throw_untrusted(request, why);
        case CURLE_SSL_CACERT_BADFILE:
            throw Error(ErrorKind::config, fmt::format("the authorities cannot be read: {}", why));
        case CURLE_OPERATION_TIMEDOUT: fail(request, "timed_out", "did not answer in time");
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_SSL_CONNECT_ERROR:
            fail(request, "unreachable", fmt::format("cannot be reached: {}", why));
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_FAIL_REWIND:  // seek_body() would not send it again
            fail(request, "cut", "broke off: it closed the connection");
        default: fail(request, "cut", fmt::format("broke off: {}", why));
    }
}

void prepare_body(const Easy& easy, Exchange& exchange) {
    const Request& request = *exchange.request;
    if (request.method == Method::get || request.method == Method::del) {
        set(easy, CURLOPT_HTTPGET, 1L);
        set(easy, CURLOPT_CUSTOMREQUEST, name_of(request.method));
        return;
    }
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_CUSTOMREQUEST, name_of(request.method));
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange.size()));
    set(easy, CURLOPT_READFUNCTION, read_body);
    set(easy, CURLOPT_READDATA, &exchange);
    set(easy, CURLOPT_SEEKFUNCTION, seek_body);
    set(easy, CURLOPT_SEEKDATA, &exchange);
}

void prepare_safety(const Easy& easy, const Request& request, const ClientOptions& options) {
    const bool is_here = is_loopback(request.url);
    set(easy, CURLOPT_PROTOCOLS_STR, is_here ? "http,https" : "https");
    if (is_here) {
        set(easy, CURLOPT_PROXY, "");
    }
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    if (options.ca_file) {
        set(easy, CURLOPT_CAINFO, options.ca_file->c_str());
    }
}

void prepare_limits(const Easy& easy, Exchange& exchange) {
    set(easy, CURLOPT_NOSIGNAL, 1L);
    // One request at a time gains nothing from 2, whose tracing shows headers in ways of its own.
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(exchange.request->timeout.count()));
    set(easy, CURLOPT_LOW_SPEED_LIMIT, slow_bytes);
    set(easy, CURLOPT_LOW_SPEED_TIME, slow_seconds);
    set(easy, CURLOPT_WRITEFUNCTION, write_body);
    set(easy, CURLOPT_WRITEDATA, &exchange);
    set(easy, CURLOPT_HEADERFUNCTION, write_header);
    set(easy, CURLOPT_HEADERDATA, &exchange);
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, ask_whether_to_go_on);
    set(easy, CURLOPT_XFERINFODATA, &exchange);
}

CURLcode start_libcurl() {
    ::unsetenv("SSLKEYLOGFILE");  // it would write the keys of our connections there
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

/// As new, but that the connections stay.
const Easy& begun(Easy& easy) {
    static const CURLcode started = start_libcurl();
    check(started, "start libcurl");
    if (easy) {
        curl_easy_reset(easy.get());
    } else if (easy.reset(curl_easy_init()); !easy) {
        throw std::bad_alloc{};
    }
    return easy;
}

}  // namespace

struct Client::State {
    ClientOptions options;
    Millis asked_pause{0};
    Easy easy;  ///< from the first request on: who has a token at hand needs none
};

Client::Client(ClientOptions options) : state_{std::make_unique<State>()} {
    state_->options = std::move(options);
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Response Client::send(const Request& request) {
    check_url(request.url, "the address");
    const Easy& easy = begun(state_->easy);
    state_->asked_pause = Millis{0};
    Exchange exchange{.request = &request, .options = &state_->options};
    std::array<char, CURL_ERROR_SIZE> detail{};
    const HeaderList headers = header_list(request.headers);
    set(easy, CURLOPT_ERRORBUFFER, detail.data());
    set(easy, CURLOPT_URL, request.url.c_str());
    set(easy, CURLOPT_HTTPHEADER, headers.get());
    set(easy, CURLOPT_USERAGENT, "batchctl/" BATCH_VERSION);
    prepare_safety(easy, request, state_->options);
    prepare_limits(easy, exchange);
    prepare_body(easy, exchange);
    if (state_->options.trace) {
        set(easy, CURLOPT_VERBOSE, 1L);
        set(easy, CURLOPT_DEBUGFUNCTION, trace);
        set(easy, CURLOPT_DEBUGDATA, &state_->options);
    }
    const CURLcode code = curl_easy_perform(easy.get());
    if (code != CURLE_OK) {
        throw_failure(exchange, code, detail.data());
    }
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    state_->asked_pause = retry_after(exchange.response, now()).value_or(Millis{0});
    return std::move(exchange.response);
}

Millis Client::asked_pause() const {
    return state_->asked_pause;
}

std::string_view Response::header(std::string_view lower_name) const {
    const auto found = headers.find(lower_name);
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace batch::http
