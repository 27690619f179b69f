#pragma once

#include <span>

namespace batch::sqlite {

/// In the header of every state file: "batc".
inline constexpr int application_id = 0x62617463;

/// One step from the version before to this one.
struct Migration {
    int version = 0;
    const char* sql = nullptr;
};

/// In order; the first one makes the tables of an empty file.
std::span<const Migration> migrations();

/// The version that this program writes.
int newest_version();

}  // namespace batch::sqlite
