#pragma once

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace batch::cli {

/// CLI11's words for a mistake on the command line, in ours: always Error{usage}.
[[noreturn]] void throw_usage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace batch::cli
