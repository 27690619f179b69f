#pragma once

#include "core/model/batch.hpp"
#include "core/store/sqlite/connection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace batch::sqlite {

/// What takes a program more than one transaction at a batch.  Noted with the program's name, so
/// that another can tidy up after one that died half-way.
inline constexpr std::string_view drafting = "draft";
inline constexpr std::string_view removing = "remove";
inline constexpr std::string_view retrying = "retry";

struct Abandoned {
    BatchNo batch = 0;
    std::string work;
};

void note_writer(Connection& connection, BatchNo batch, std::string_view work);
void forget_writer(Connection& connection, BatchNo batch);

/// Those whose program is gone (pid, start time and boot id).
std::vector<Abandoned> abandoned_work(Connection& connection);

}  // namespace batch::sqlite
