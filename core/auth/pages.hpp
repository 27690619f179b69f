#pragma once

#include "core/auth/callback.hpp"

#include <string>

namespace batch::auth {

/// The whole answer of the listener, head and page.  Nothing a request said is in it; no script,
/// nothing fetched from elsewhere; light and dark, phone and desktop.
std::string page_response(int status, Page page);

/// Leads the browser to this address, which must have no line ends.
std::string redirect_response(const std::string& url);

}  // namespace batch::auth
