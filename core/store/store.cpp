#include "core/store/store.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <array>

namespace batch {

#define REGISTER(name) extern const StoreBackend name##_store;
#include "core/store/stores.def"
#undef REGISTER

namespace {

const std::array backends{
#define REGISTER(name) name##_store,
#include "core/store/stores.def"
#undef REGISTER
};

std::filesystem::path beside(const std::filesystem::path& state, const char* ending) {
    std::filesystem::path path = state;
    path += ending;
    return path;
}

}  // namespace

std::span<const StoreBackend> store_backends() {
    return backends;
}

std::uint64_t room_for_work(const std::filesystem::path& folder) {
    constexpr std::uint64_t usual = std::uint64_t{64} << 20U;
    constexpr std::uint64_t part_of_small_disk = 16;
    std::error_code ignored;
    const auto space = std::filesystem::space(folder, ignored);
    return ignored ? usual : std::min<std::uint64_t>(usual, space.capacity / part_of_small_disk);
}

int newest_state_version() {
    return backends.front().version();
}

std::unique_ptr<Store> open_store(const std::filesystem::path& path, OpenMode mode,
                                  const MigrationNews& tell) {
    const std::string& text = path.native();
    const auto end = text.find(':');
    const auto scheme = std::string_view(text).substr(0, end);
    const auto* const found = std::ranges::find(backends, scheme, &StoreBackend::scheme);
    if (end != std::string::npos && found != backends.end()) {
        return found->open(text.substr(end + 1), mode, tell);
    }
    if (text.find("://") == end && end != std::string::npos) {
        throw Error(ErrorKind::config, "the state \"" + text + "\" begins with no known scheme",
                    "the store that needs no server is a path: state.path = \"/path/state.db\"");
    }
    return backends.front().open(path, mode, tell);
}

std::filesystem::path StatePaths::lock() const {
    return beside(state, ".lock");
}

std::filesystem::path StatePaths::bell() const {
    return beside(state, ".bell");
}

std::filesystem::path StatePaths::queue() const {
    return beside(state, ".queue");
}

std::filesystem::path StatePaths::hand() const {
    return beside(state, ".hand");
}

std::filesystem::path StatePaths::outputs() const {
    return state.filename() == "state.db" ? state.parent_path() / "outputs"
                                          : beside(state, ".outputs");
}

std::filesystem::path StatePaths::log() const {
    return beside(state, ".log");
}

}  // namespace batch
