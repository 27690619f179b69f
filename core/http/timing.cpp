#include "core/http/timing.hpp"

#include "core/http/client.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>

namespace batch::http {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::hours longest_pause{24};
constexpr auto of_the_way = 30s;  // answers take a while

}  // namespace

std::optional<TimePoint> http_date(const std::string& text) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return end != nullptr && *end == '\0'
               ? std::optional{TimePoint{std::chrono::seconds{::timegm(&parts)}}}
               : std::nullopt;
}

std::optional<Millis> retry_after(const Response& response, TimePoint now) {
    const std::string text{response.header("retry-after")};
    std::int64_t seconds = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (!text.empty() && end.ec == std::errc{} && end.ptr == text.data() + text.size()) {
        constexpr std::int64_t most = std::chrono::seconds{longest_pause}.count();
        return seconds < 0 ? std::nullopt
                           : std::optional{Millis{std::chrono::seconds{std::min(seconds, most)}}};
    }
    const auto at = http_date(text);
    return at ? std::optional{std::clamp<Millis>(*at - now, 0ms, longest_pause)} : std::nullopt;
}

std::chrono::seconds clock_ahead(const Response& response, TimePoint now) {
    const auto theirs = http_date(std::string{response.header("date")});
    const auto ahead = theirs ? std::chrono::round<std::chrono::seconds>(now - *theirs) : 0s;
    return std::chrono::abs(ahead) < of_the_way ? 0s : ahead;
}

}  // namespace batch::http
