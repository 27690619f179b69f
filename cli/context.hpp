#pragma once

#include "core/config/config.hpp"
#include "core/store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

class Publisher;

}  // namespace batch

namespace batch::cli {

class AuthCommands;

enum class Color { automatic, always, never };

/// What every command understands.
struct Globals {
    bool json = false;
    std::string format;               ///< table, ndjson, json, csv, text; empty: by command
    std::vector<std::string> fields;  ///< empty: the usual ones
    bool no_header = false;
    bool utc = false;
    bool system = false;
    bool quiet = false;
    bool verbose = false;
    bool no_input = false;
    bool yes = false;
    bool no_pager = false;
    Color color = Color::automatic;
    std::optional<std::string> state;
    std::optional<std::string> config;
    std::string verb;                ///< the command's name
    bool makes_state = false;        ///< as the command says
    std::vector<std::string> typed;  ///< the words behind "batchctl", for hints that repeat them
};

/// What a command may use: settings, the state file, the terminal.  Opens things when they are
/// first asked for.
class Context {
public:
    Context(Globals globals, std::vector<std::string> command);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const Globals& globals() const noexcept { return globals_; }

    /// Only batchctl-auth has them.
    void set_auth(AuthCommands* commands) noexcept { auth_ = commands; }

    bool has_auth() const noexcept { return auth_ != nullptr; }

    /// In batchctl: goes on as batchctl-auth, and returns only by throwing.
    AuthCommands& auth() const;

    /// What stood behind the first `--` of submit and run.
    const std::vector<std::string>& command_line() const noexcept { return command_; }

    const Config& config();

    /// The same without its warnings on standard error, for those who tell them otherwise.
    const Config& quiet_config();

    const Settings& settings() { return config().settings; }

    StatePaths paths();
    Store& store();

    /// The same for a command that will change it; throws Error{state} if that cannot be, with
    /// what follows from it: "nothing was stored".
    Store& store_to_change(std::string_view otherwise);

    /// What rings for batches: one connection for all that this process rings for.
    Publisher& publisher();

    /// Ends it: nothing more is rung for soon.
    void hang_up();

    /// From now on the state file is opened without creating or migrating it.
    void only_look() noexcept { mode_ = OpenMode::look; }

    /// An own connection, for another thread or a fresh look.
    void refuse_to_make_state();
    std::unique_ptr<Store> open_state();

    bool out_is_terminal() const noexcept { return out_terminal_; }

    bool err_is_terminal() const noexcept { return err_terminal_; }

    bool in_is_terminal() const noexcept { return in_terminal_; }

    /// CSV cells that a spreadsheet would take for formulas are written as they are.
    void set_raw_cells(bool raw) noexcept { raw_cells_ = raw; }

    bool raw_cells() const noexcept { return raw_cells_; }

    /// Whether escape sequences may go to the stream.
    bool colors_out() const noexcept;
    bool colors_err() const noexcept;

    std::uint32_t uid() const noexcept;

    /// "~/x" for people; exact elsewhere.
    std::string show(const std::filesystem::path& path);

    /// Asks on a terminal; true with --yes.  Throws Error{usage} with this hint if nobody can be
    /// asked.
    bool confirm(const std::string& question, const std::string& what, const std::string& hint);

private:
    bool may_color(bool terminal) const noexcept;

    Globals globals_;
    std::vector<std::string> command_;
    AuthCommands* auth_ = nullptr;
    std::optional<Config> config_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Publisher> publisher_;
    OpenMode mode_ = OpenMode::read_or_create;
    bool out_terminal_;
    bool err_terminal_;
    bool in_terminal_;
    bool raw_cells_ = false;
};

}  // namespace batch::cli
