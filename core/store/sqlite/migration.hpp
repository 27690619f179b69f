#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/sqlite/schema.hpp"
#include "core/store/store.hpp"

#include <span>

namespace batch::sqlite {

int version_of(Connection& connection);

/// Throws if the file was written by a newer program.
void refuse_newer(Connection& connection, OpenMode mode);

/// Brings the file to the last of `steps`, a copy of it made first; each step is one transaction.
/// Throws if a batchd is at work on an older file: then it is left as it is.
void migrate(Connection& connection, OpenMode mode, const MigrationNews& tell = {},
             std::span<const Migration> steps = migrations());

}  // namespace batch::sqlite
