#include "core/base/error.hpp"
#include "core/os/process.hpp"
#include "daemon/plugins/exec/loop.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace {

constexpr std::string_view manifest =
    R"({"protocol":1,"name":"exec","version":")" BATCH_VERSION R"(",)"
    R"("summary":"Run a command for each item, without a shell",)"
    R"("in":["*/*"],"out":["*/*"],"concurrency":1,"files":true,"jail":false,"lint":false,)"
    R"("options":{"type":"object","required":["command"],"additionalProperties":false,"properties":{)"
    R"("command":{"type":"array","items":{"type":"string"},"description":"the program and its arguments"},)"
    R"("stdout":{"type":"string","enum":["text","json","none"],"default":"text","description":"what its standard output is"},)"
    R"("chdir":{"type":"string","description":"where it runs"},)"
    R"("env":{"type":"object","additionalProperties":{"type":"string"},"description":"further environment variables"},)"
    R"("success_codes":{"type":"array","items":{"type":"integer","minimum":0,"maximum":255},"default":[0],"description":"exit codes that mean success"},)"
    R"("retry_on":{"type":"array","items":{"type":"integer","minimum":0,"maximum":255},"description":"the only exit codes worth another try"},)"
    R"("no_retry_on":{"type":"array","items":{"type":"integer","minimum":0,"maximum":255},"description":"exit codes that another try will not mend"},)"
    R"("log_size":{"type":"integer","minimum":0,"default":65536,"description":"bytes kept of its standard error"},)"
    R"("output_size":{"type":"integer","minimum":1,"default":52428800,"description":"bytes its standard output may have"}}}})"
    "\n";

/// Nobody but us may write frames: what else writes to fd 1 ends up in the log.
batch::Fd take_stdout() {
    batch::Fd frames{::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)};
    if (!frames || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        throw batch::system_error("set up standard output", errno);
    }
    return frames;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc > 1 && std::string_view{argv[1]} == "--describe") {
            batch::write_all(STDOUT_FILENO, manifest);
            return 0;
        }
        if (argc > 1) {
            std::fprintf(stderr, "usage: %s [--describe]\n", argv[0]);
            return 2;
        }
        batch::keep_inherited_descriptors();
        std::signal(SIGPIPE, SIG_IGN);  // batchd gone is an error of write(2)
        return batch::exec::Loop{take_stdout()}.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
