#pragma once

#include "core/model/batch.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace batch::sqlite {

// Small values as JSON texts, as they stand in columns.

std::string to_json(const Reason& reason);
Reason reason_of(std::string_view json);

std::string to_json(const std::map<std::string, std::string>& labels);
std::map<std::string, std::string> labels_of(std::string_view json);

std::string to_json(std::span<const ItemIndex> indexes);
std::vector<ItemIndex> indexes_of(std::string_view json);

}  // namespace batch::sqlite
