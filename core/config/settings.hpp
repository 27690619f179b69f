#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace batch {

/// Whose state file is meant: the caller's own, or that of the service account (--system).
enum class Mode : std::uint8_t { user, system };

enum class OutputsKeep : std::uint8_t { undelivered, all };
enum class Jail : std::uint8_t { required, off };
enum class Envelope : std::uint8_t { plain, nestjs };
enum class KeySource : std::uint8_t { automatic, secret_service, file };
enum class LogFormat : std::uint8_t { automatic, human, json, journal };
enum class LogLevel : std::uint8_t { error, warn, info, debug };

/// The wait before another try, as in "1s..1m".
struct Backoff {
    Millis min{1'000};
    Millis max{60'000};

    bool operator==(const Backoff&) const = default;
};

/// Everything that can be configured, with its default; batch-config(5) describes each.
/// A new key is a member here and a line in keys.cpp.
struct Settings {
    struct State {
        std::filesystem::path path;       ///< absolute; the default depends on the mode
        std::optional<Millis> retention;  ///< absent: finished batches stay
    };

    struct Outputs {
        OutputsKeep keep = OutputsKeep::undelivered;
        std::uint64_t max_size = std::uint64_t{50} << 20U;  ///< bytes of one artifact
    };

    struct Queue {
        std::string url = "local:";
        std::optional<std::filesystem::path> password_file;
        std::optional<std::filesystem::path> ca_file;  ///< absent: the system's
        std::string name;                              ///< empty: batch.<state id>
        bool declare = true;
        Envelope envelope = Envelope::plain;
    };

    struct Workers {
        int count = 0;  ///< slots of a batch without -j; 0: number of cores
        int max = 64;   ///< slots of all batches together
        Millis kill_grace{5'000};
        Millis drain_timeout{60'000};
    };

    struct Items {
        int retries = 2;
        Backoff backoff;
        Millis timeout{600'000};
        std::uint64_t max_row = std::uint64_t{1} << 20U;    ///< bytes
        std::uint64_t log_size = std::uint64_t{64} << 10U;  ///< bytes, per attempt
    };

    struct Plugins {
        std::vector<std::filesystem::path> path;  ///< searched after the built-in places
        Jail jail = Jail::required;
        std::vector<std::filesystem::path> commands;  ///< what COMMAND may be with --system
    };

    struct Auth {
        std::string issuer = "https://accounts.google.com";
        std::optional<std::filesystem::path> client_file;
        std::string account;  ///< empty: the current one
        KeySource key = KeySource::automatic;
        std::optional<std::filesystem::path> ca_file;  ///< absent: the system's
    };

    struct Drive {
        std::string url = "https://www.googleapis.com";
    };

    struct Log {
        LogFormat format = LogFormat::automatic;
        LogLevel level = LogLevel::info;
    };

    Mode mode = Mode::user;
    State state;
    Outputs outputs;
    Queue queue;
    Workers workers;
    Items items;
    Plugins plugins;
    Auth auth;
    Drive drive;
    Log log;
};

}  // namespace batch
