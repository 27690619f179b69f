#pragma once

#include "core/base/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

class Arguments;

/// A [[step]] of a job file.
struct StepTable {
    std::string plugin;
    std::string template_name;  ///< of a plugin that renders; else empty
    std::string options;        ///< the other keys, as a JSON object
    Place place;                ///< where it begins
};

/// What the flags of submit and run, or a job file, say.  Absent means: the default.
struct SubmitOptions {
    std::string verb = "submit";        ///< or "run"
    std::vector<std::string> operands;  ///< ROWS, or JOB.toml [ROWS], or with args the items
    std::vector<std::string> command;   ///< behind the first `--`

    std::string rows_format;
    bool args = false;
    bool allow_empty = false;

    std::string template_name;
    std::string engine;
    std::string to;
    std::vector<std::string> steps;
    std::vector<StepTable> step_tables;  ///< if there are any, the only steps before deliveries
    bool allow_dash = false;

    std::vector<std::string> deliver;
    std::string account;  ///< login that delivers; empty: the current one
    std::string output_name;
    std::string on_collision = "error";
    std::string standard_output = "text";

    std::optional<int> retries;
    std::string backoff;
    std::string item_timeout;
    std::vector<int> retry_on;
    std::vector<int> no_retry_on;
    std::vector<int> success_codes;
    int concurrency = 0;

    std::optional<std::string> key;
    std::string name;
    std::vector<std::string> labels;  ///< K=V
    std::vector<std::string> env;     ///< N=V
    std::string chdir;
    bool hold = false;
    std::string priority = "normal";
    bool require_queue = false;

    bool wait = false;
    bool start = false;
    std::string timeout;
    std::string on_interrupt = "keep";
    bool dry_run = false;
};

void add_submit_options(Arguments& arguments, SubmitOptions& options);

}  // namespace batch::cli
