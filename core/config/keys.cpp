#include "core/config/keys.hpp"

#include "core/config/values.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <type_traits>

namespace batch {

namespace {

template <typename Type>
void check(const RawSetting& raw, const Type& value, Range range) {
    if constexpr (std::is_same_v<Type, int>) {
        check_range(raw, value, range, [](std::int64_t bound) { return fmt::to_string(bound); });
    } else if constexpr (std::is_same_v<Type, std::uint64_t>) {
        check_range(raw, static_cast<std::int64_t>(value), range,
                    [](std::int64_t bound) { return print(static_cast<std::uint64_t>(bound)); });
    } else if constexpr (std::is_same_v<Type, Millis>) {
        check_range(raw, value.count(), range,
                    [](std::int64_t bound) { return print(Millis{bound}); });
    }
}

/// The row of a key whose value is `settings.section.member`.
template <auto section, auto member, Range range = Range{}>
constexpr ConfigKey key(std::string_view name, std::string_view usual = {}) {
    return {.name = name,
            .read =
                [](Settings& settings, const RawSetting& raw) {
                    auto value = settings.*section.*member;
                    read(raw, value);
                    check(raw, value, range);
                    settings.*section.*member = value;
                },
            .print = [](const Settings& settings) { return print(settings.*section.*member); },
            .usual = usual};
}

constexpr ConfigKey printed(ConfigKey key, std::string (*print)(const Settings& settings)) {
    key.print = print;
    return key;
}

constexpr Range at_least_one{.min = 1};
constexpr Range slots{.min = 1, .max = 1'000};
constexpr Range slots_or_cores{.min = 0, .max = 1'000};
constexpr Range tries{.min = 0, .max = 1'000};
constexpr Range row_size{.min = 1, .max = 1 << 20};   // what a frame and the state file can take
constexpr Range log_size{.min = 0, .max = 16 << 20};  // is kept in memory for each running item

using S = Settings;

constexpr std::array keys{
    key<&S::state, &S::State::path>("state.path"),
    key<&S::state, &S::State::retention>("state.retention"),
    key<&S::outputs, &S::Outputs::keep>("outputs.keep"),
    key<&S::outputs, &S::Outputs::max_size, at_least_one>("outputs.max_size"),
    printed(key<&S::queue, &S::Queue::url>("queue.url"),
            [](const Settings& settings) { return print_url(settings.queue.url); }),
    key<&S::queue, &S::Queue::password_file>("queue.password_file"),
    key<&S::queue, &S::Queue::ca_file>("queue.ca_file"),
    key<&S::queue, &S::Queue::name>("queue.name"),
    key<&S::queue, &S::Queue::declare>("queue.declare"),
    key<&S::queue, &S::Queue::envelope>("queue.envelope"),
    key<&S::workers, &S::Workers::count, slots_or_cores>("workers.count"),
    key<&S::workers, &S::Workers::max, slots>("workers.max"),
    key<&S::workers, &S::Workers::kill_grace>("workers.kill_grace"),
    key<&S::workers, &S::Workers::drain_timeout>("workers.drain_timeout", "\"60s\""),
    key<&S::items, &S::Items::retries, tries>("items.retries"),
    key<&S::items, &S::Items::backoff>("items.backoff"),
    key<&S::items, &S::Items::timeout, at_least_one>("items.timeout"),
    key<&S::items, &S::Items::max_row, row_size>("items.max_row"),
    key<&S::items, &S::Items::log_size, log_size>("items.log_size"),
    key<&S::plugins, &S::Plugins::path>("plugins.path"),
    key<&S::plugins, &S::Plugins::jail>("plugins.jail"),
    key<&S::plugins, &S::Plugins::commands>("plugins.commands"),
    key<&S::auth, &S::Auth::issuer>("auth.issuer"),
    key<&S::auth, &S::Auth::client_file>("auth.client_file"),
    key<&S::auth, &S::Auth::account>("auth.account"),
    key<&S::auth, &S::Auth::key>("auth.key"),
    key<&S::auth, &S::Auth::ca_file>("auth.ca_file"),
    key<&S::drive, &S::Drive::url>("drive.url"),
    key<&S::log, &S::Log::format>("log.format"),
    key<&S::log, &S::Log::level>("log.level"),
};

}  // namespace

std::span<const ConfigKey> config_keys() noexcept {
    return keys;
}

std::string variable_of(std::string_view key) {
    std::string name = "BATCH_";
    for (const char letter : key) {
        name += letter == '.' || letter == '-' ? '_' : static_cast<char>(std::toupper(letter));
    }
    return name;
}

}  // namespace batch
