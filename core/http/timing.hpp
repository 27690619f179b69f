#pragma once

#include "core/base/time.hpp"

#include <optional>
#include <string>

namespace batch::http {

struct Response;

/// A date as servers write it: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7); absent if
/// it is none.
std::optional<TimePoint> http_date(const std::string& text);

/// How long to wait by the header Retry-After, in seconds or as a date (RFC 9110, section 10.2.3);
/// absent if there is none or it is nonsense.  A day at most.
std::optional<Millis> retry_after(const Response& response, TimePoint now);

/// How far our clock is ahead of the server's by its header Date; negative: behind.  Zero where it
/// is less than half a minute, or not known.
std::chrono::seconds clock_ahead(const Response& response, TimePoint now);

}  // namespace batch::http
