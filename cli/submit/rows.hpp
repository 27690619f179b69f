#pragma once

#include "cli/context.hpp"
#include "cli/submit/options.hpp"
#include "core/base/row_reader.hpp"
#include "core/os/fd.hpp"
#include "core/os/signals.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// Thrown when a signal ends the reading; no Error, as nothing went wrong.
struct Interrupted {
    int signal = 0;
};

/// What is known of the rows before they are read.
struct RowsKind {
    std::string file;                  ///< "urls.csv", "standard input", "the arguments"
    std::vector<std::string> columns;  ///< "value" for texts; empty: each row has its own
};

/// The rows of a submission, whatever they come from.
class RowsInput {
public:
    /// Opens the file, standard input, or the operands with --args; reads a header.  Waiting for
    /// input also ends with one of the signals: then Interrupted is thrown.
    /// Throws Error{usage, not_found, bad_input}.
    RowsInput(const SubmitOptions& options, const Settings& settings, SignalFd* signals = nullptr);
    RowsInput(const RowsInput&) = delete;
    RowsInput& operator=(const RowsInput&) = delete;
    ~RowsInput();

    /// False after the last; throws Error{bad_input} with the place for one that is wrong.
    bool next(Row& row);
    bool can_continue() const;

    /// Of a CSV or TSV; empty for others.
    std::vector<std::string> columns() const;

    RowsKind kind() const;

    /// Bytes of the file; absent for what is no file.
    std::optional<std::uint64_t> size() const;

    /// How much of the file was read, from 0 to 1; absent for what is no file.
    std::optional<double> part_read() const;

    /// "students.csv"; "-" for standard input, empty for --args.
    const std::string& name() const noexcept { return name_; }

private:
    class Source;

    std::string name_;
    bool texts_ = true;  ///< rows are texts, not objects
    SignalFd* signals_;
    std::vector<std::string> items_;
    std::size_t at_ = 0;
    Fd file_;
    std::uint64_t bytes_read_ = 0;
    std::unique_ptr<ByteSource> source_;
    std::unique_ptr<RowReader> reader_;
};

}  // namespace batch::cli
