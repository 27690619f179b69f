#include "cli/doctor/checks.hpp"
#include "cli/reason.hpp"
#include "cli/removing.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t little = std::uint64_t{1} << 30;
constexpr std::uint64_t many_outputs = std::uint64_t{10} << 30;
constexpr mode_t others = 077;

// statfs(2): NFS, SMB, SMB2, CIFS, Ceph, AFS, Coda, 9P, where no state file is made.
constexpr std::array<unsigned, 8> of_networks{0x6969,     0x517B,     0xFE534D42, 0xFF534D42,
                                              0x00C36400, 0x5346414F, 0x73757245, 0x01021997};

fs::path nearest(fs::path path) {
    std::error_code ignored;
    while (!fs::exists(path, ignored) && path.has_parent_path() && path != path.parent_path()) {
        path = path.parent_path();
    }
    return path;
}

bool is_on_network(const fs::path& path) {
    struct statfs info {};

    return ::statfs(path.c_str(), &info) == 0 &&
           std::ranges::find(of_networks, static_cast<unsigned>(info.f_type)) != of_networks.end();
}

void check_access(Context& context, const fs::path& state, const Tell& tell) {
    for (const fs::path& path : {state.parent_path(), state}) {
        struct stat info {};

        if (::stat(path.c_str(), &info) != 0) {
            continue;
        }
        if ((info.st_mode & others) != 0) {
            tell({"state", Health::warn,
                  fmt::format("{} may be read by others (mode {:o}): rows and outputs are in it",
                              context.show(path), info.st_mode & 07777U),
                  fmt::format("chmod go= {}", shell_word(path.string()))});
        }
        if (::access(path.c_str(), R_OK | W_OK) != 0) {
            tell({"state", Health::fail,
                  fmt::format("{} may not be written to by you", context.show(path)),
                  fmt::format("see whose it is: ls -ld {}", shell_word(path.string()))});
        }
    }
}

void check_outputs(Context& context, const Tell& tell) {
    std::uint64_t bytes = 0;
    const BatchFilter finished{
        .statuses = {BatchStatus::done, BatchStatus::failed, BatchStatus::aborted}};
    for (const Batch& batch : context.store().reading().batches(finished)) {
        bytes += size_of_outputs(context, batch);
    }
    if (bytes >= many_outputs) {
        tell({"outputs", Health::warn,
              fmt::format("finished batches keep {} of outputs", bytes_text(bytes)),
              "see what would go: batchctl prune --older-than 30d --dry-run"});
    }
}

void check_rows(Context& context, Store& store, const Tell& tell) {
    bool agrees = true;
    for (const StoreFinding& each : store.check()) {
        if (!each.ok) {
            agrees = false;
            tell({"state", each.minor ? Health::warn : Health::fail, each.message, each.mend});
        }
    }
    if (store.may_be_stale()) {
        tell({"state", Health::warn, "its folder cannot be written: what is shown may be old",
              "see whose it is: ls -ld " +
                  shell_word(context.paths().state.parent_path().string())});
    }
    if (agrees) {
        std::error_code ignored;
        const auto bytes = fs::file_size(context.paths().state, ignored);
        tell({"state", Health::ok,
              fmt::format("{}: version {}, {}, counters agree", context.show(context.paths().state),
                          store.schema_version(), bytes_text(bytes)),
              ""});
    }
}

/// Null while there is none: a batchd that is starting makes an empty file first.
Store* store_if_made(Context& context) {
    std::error_code ignored;
    if (!fs::exists(context.paths().state, ignored)) {
        return nullptr;
    }
    try {
        return &context.store();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
        return nullptr;
    }
}

void tell_of_none(const std::string& shown, bool on_network, const Tell& tell) {
    if (on_network) {
        tell({"state", Health::fail,
              shown + " would lie on a network file system, where a state file breaks",
              "put it on a local disk: --state PATH"});
    } else {
        tell({"state", Health::ok, shown + " is not there yet; the first submit makes it", ""});
    }
}

}  // namespace

void check_state(Context& context, const Tell& tell) {
    const fs::path state = context.paths().state;
    const std::string shown = context.show(state);
    std::error_code ignored;
    if (fs::exists(state, ignored)) {
        check_access(context, state, tell);
    }
    Store* const store = store_if_made(context);
    if (store == nullptr) {
        tell_of_none(shown, is_on_network(nearest(state)), tell);
        return;
    }
    if (store->schema_version() < newest_state_version()) {
        tell({"state", Health::warn,
              fmt::format("{}: version {}, this batchctl needs {}", shown, store->schema_version(),
                          newest_state_version()),
              "batchd migrates it, and keeps a copy: " + start_command(context)});
        return;
    }
    check_rows(context, *store, tell);
    check_outputs(context, tell);
}

Store* state_to_look_at(Context& context) {
    Store* const store = store_if_made(context);
    return store != nullptr && store->schema_version() == newest_state_version() ? store : nullptr;
}

void check_disk(Context& context, const Tell& tell) {
    const fs::path folder = nearest(context.paths().state);
    const std::uint64_t bytes = free_bytes(folder);
    const std::uint64_t wanted = room_for_work(folder);
    const std::string text = bytes_text(bytes) + " free";
    if (bytes < wanted) {
        tell({"disk", Health::fail, fmt::format("{}, {} are wanted", text, bytes_text(wanted)),
              "make room: batchctl prune --older-than 30d"});
    } else {
        tell({"disk", bytes < little ? Health::warn : Health::ok, text,
              bytes < little ? "make room: batchctl prune --older-than 30d" : ""});
    }
}

}  // namespace batch::cli
