#pragma once

#include "cli/context.hpp"
#include "cli/output/save.hpp"
#include "cli/output/table.hpp"

#include <optional>
#include <string>

namespace batch::cli {

struct ResultsWish {
    bool all = false;  ///< failed and cancelled items too
    std::string save;  ///< a folder, or - for standard output; empty: records or texts
    std::string on_collision = "error";
};

/// Where results go: records, joined texts, one file on standard output, or a folder.
class ResultSink {
public:
    ResultSink(Context& context, const ResultsWish& wish, const Batch& batch);

    /// Which items it wants, and what of them.
    ItemFilter filter() const;

    /// False once nobody reads any more.
    bool take(const Item& item);

    /// What was given is shown, without waiting for more.
    bool flush();

    void finish();

private:
    bool print_alone(const Item& item) const;
    void say_saved() const;

    Context& context_;
    const ResultsWish& wish_;
    const Batch& batch_;
    std::optional<Records> records_;  ///< absent: texts, or files are saved
    SavedFiles saved_;
};

}  // namespace batch::cli
