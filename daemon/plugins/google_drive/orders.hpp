#pragma once

#include "core/http/client.hpp"
#include "core/os/fd.hpp"
#include "core/plugin/outbox.hpp"
#include "daemon/plugins/google_drive/drive.hpp"

#include <string>
#include <vector>

namespace batch::drive {

/// A file of an item on its way to Drive.
struct Order {
    FileInfo info;
    http::FilePart content;
};

/// The files of an item, open.
struct Orders {
    std::vector<Fd> fds;
    std::vector<Order> orders;
};

/// What the frame's input hands over: its files, or its text as one.  Throws Refused{permanent} if
/// there is nothing to deliver.
Orders orders_of(const plugin::Json& frame, const std::string& folder);

/// "Ada (2).pdf" for 2.
std::string with_number(const std::string& name, int number);

}  // namespace batch::drive
