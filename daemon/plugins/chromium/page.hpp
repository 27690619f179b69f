#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <string>

namespace batch::chromium {

/// How a page becomes a PDF.
struct Page {
    std::string print_params;  ///< JSON object: parameters of Page.printToPDF
    std::chrono::seconds time_limit{};
};

/// JSON Schema of the step's options.
nlohmann::json options_schema();

/// Throws plugin::Refused, class config, if an option makes no sense.
Page page_of(const nlohmann::json& options);

}  // namespace batch::chromium
