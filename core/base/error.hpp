#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// What a caller can do about an error; each program maps it to an exit status in one place.
enum class ErrorKind {
    usage,        ///< the command line is wrong
    bad_input,    ///< rows, a template or a job file are wrong
    config,       ///< the configuration is wrong
    not_found,    ///< a batch, item, template, plugin or file does not exist
    login,        ///< a person must log in
    permission,   ///< not allowed
    unavailable,  ///< try again later
    state,        ///< the state file cannot be used
    unfinished,   ///< a wait ended before the work did
    conflict,     ///< something else is in the way
    operation,    ///< the operation failed
    internal      ///< a fault of ours
};

/// A place in a file of the user's; line and column count from 1, 0 means unknown.
struct Place {
    std::string file;
    std::size_t line = 0;
    std::size_t column = 0;

    bool operator==(const Place&) const = default;
};

/// The one exception type.  The message is lower case, without a full stop, and names the thing and
/// the cause; the hint is what the user can do next and ends with what to type.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message, std::string hint = {});

    ErrorKind kind() const noexcept { return kind_; }

    const std::string& hint() const noexcept { return hint_; }

    /// A stable word for scripts; the kind's own word unless with_code() chose another.
    std::string_view code() const noexcept;

    const std::optional<Place>& place() const noexcept { return place_; }

    /// The single problems when several are reported at once; empty otherwise.
    const std::vector<Error>& details() const noexcept { return details_; }

    Error with_code(std::string code) const;
    Error at(Place place) const;
    Error with_details(std::vector<Error> details) const;

    /// "context: message" with everything else kept.
    Error within(std::string_view context) const;

private:
    ErrorKind kind_;
    std::string hint_;
    std::string code_;
    std::optional<Place> place_;
    std::vector<Error> details_;
};

/// The word of a kind, as in JSON errors: "not_found", "bad_input", ...
std::string_view word_of(ErrorKind kind) noexcept;

/// The exit status that stands for a kind; frozen (batchctl(1), EXIT STATUS).
int exit_status(ErrorKind kind) noexcept;

/// That of a program which a signal has ended is this plus the signal's number, as shells count.
inline constexpr int exit_of_signal = 128;

/// "cannot <action>: <reason>" for an errno, as Error{operation, permission, not_found}, or
/// {unavailable} where it may work later; a full disk or quota has the code "disk_full".
Error system_error(std::string_view action, int error_number);

}  // namespace batch
