#pragma once

#include "core/os/fd.hpp"
#include "core/plugin/outbox.hpp"
#include "daemon/plugins/google_drive/deliverer.hpp"

#include <string>
#include <vector>

namespace batch::drive {

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
