#include "core/plugin/jail.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/child.hpp"
#include "core/plugin/wire.hpp"

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>

namespace batch {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto probe_limit = 5s;

using Words = std::vector<std::string>;

void add(Words& to, const Words& words) {
    to.insert(to.end(), words.begin(), words.end());
}

/// /lib and its like are links into /usr on a merged system (Debian 12), folders elsewhere.
void add_system_folders(Words& bwrap) {
    add(bwrap, {"--ro-bind", "/usr", "/usr"});
    for (const char* folder : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
        std::error_code ignored;
        if (fs::is_symlink(folder, ignored)) {
            add(bwrap, {"--symlink", fs::read_symlink(folder, ignored).native(), folder});
        } else if (fs::is_directory(folder, ignored)) {
            add(bwrap, {"--ro-bind", folder, folder});
        }
    }
    for (const char* path :
         {"/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf",
          "/etc/ld.so.conf.d", "/etc/localtime", "/var/cache/fontconfig"}) {
        add(bwrap, {"--ro-bind-try", path, path});
    }
}

void add_environment(Words& bwrap) {
    add(bwrap, {"--clearenv", "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv",
                "HOME", "/tmp", "--setenv", "TMPDIR", "/tmp"});
    for (const char* name : {"LANG", "LC_ALL", "TZ"}) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
        if (value != nullptr) {
            add(bwrap, {"--setenv", name, value});
        }
    }
}

/// As it is called outside; links to it are resolved, for their target may be nowhere inside.
fs::path program_of(const std::string& name) {
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    std::error_code ignored;
    const auto found = find_program(name, path != nullptr ? path : "/usr/bin:/bin");
    const fs::path real = fs::canonical(found.value_or(name), ignored);
    return real.empty() ? fs::path{name} : real;
}

bool is_below_usr(const fs::path& path) {
    return path.native().starts_with("/usr/");
}

std::optional<std::string> probe() {
    try {
        Wire wire = Wire::start({.argv = in_jail({"/usr/bin/true"})});
        wire.close_input();
        const auto exit = wire.wait_exit(BootClock::now() + probe_limit);
        if (exit && exit->ok()) {
            return std::nullopt;
        }
        while (wire.next_line(BootClock::now() + 100ms)) {
        }
        const std::string_view said = trim(wire.stderr_text());
        return exit && !said.empty() ? printable(said.substr(0, said.find('\n')))
               : exit                ? "bwrap ended with " + text_of(*exit)
                                     : "bwrap does not end";
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace

std::vector<std::string> in_jail(const std::vector<std::string>& argv, const JailView& view) {
    Words bwrap{"bwrap", "--unshare-all", "--die-with-parent", "--new-session"};
    add_environment(bwrap);
    add_system_folders(bwrap);
    add(bwrap, {"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp"});
    const fs::path program = program_of(argv.front());
    if (!is_below_usr(program)) {
        add(bwrap, {"--ro-bind", program.native(), program.native()});
    }
    for (const fs::path& path : view.readable) {
        add(bwrap, {"--ro-bind", path.native(), path.native()});
    }
    for (const fs::path& path : view.writable) {
        add(bwrap, {"--bind", path.native(), path.native()});
    }
    add(bwrap, {"--remount-ro", "/", "--", program.native()});
    bwrap.insert(bwrap.end(), argv.begin() + 1, argv.end());
    return bwrap;
}

std::optional<std::string> jail_problem() {
    static const std::optional<std::string> problem = probe();
    return problem;
}

}  // namespace batch
