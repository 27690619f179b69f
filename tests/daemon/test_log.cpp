#include "core/os/fd.hpp"
#include "daemon/log.hpp"

#include <catch2/catch.hpp>

#include <array>

#include <unistd.h>

namespace batch {
namespace {

/// What the log says on standard error.
std::string said(LogFormat format, std::string_view message, const std::string& field) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const Fd reader{ends[0]};
    const Fd own{::dup(STDERR_FILENO)};
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    Log({.format = format, .level = LogLevel::info}).info("event", message, {{"field", field}});
    ::dup2(own.get(), STDERR_FILENO);
    std::array<char, 4096> text{};
    const ssize_t count = ::read(reader.get(), text.data(), text.size());
    return {text.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

}  // namespace

TEST_CASE("the log shows no secret that somebody has told it", "[daemon][log]") {
    for (const LogFormat format : {LogFormat::human, LogFormat::journal, LogFormat::json}) {
        const std::string line =
            said(format, "it said: Authorization: Bearer ya29.x", "refresh_token=1//y");
        CHECK(line.find("Authorization: ***") != std::string::npos);
        CHECK(line.find("ya29") == std::string::npos);
        CHECK(line.find("1//y") == std::string::npos);
        CHECK((line.find("refresh_token=***") != std::string::npos) == (format == LogFormat::json));
    }
}

}  // namespace batch
