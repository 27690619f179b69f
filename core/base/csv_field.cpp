#include "core/base/csv_field.hpp"

#include <algorithm>

namespace batch {

CsvFieldScanner::CsvFieldScanner(std::string_view record, char delimiter, std::string& unquoted)
    : record_(record), delimiter_(delimiter), unquoted_(unquoted) {}

bool CsvFieldScanner::next() {
    if (is_done_) {
        return false;
    }
    const bool is_quoted = at_ < record_.size() && record_[at_] == '"';
    if (!(is_quoted ? next_quoted() : next_bare())) {
        is_done_ = true;
        return false;
    }
    is_done_ = at_ == record_.size();
    ++at_;
    return true;
}

bool CsvFieldScanner::next_bare() {
    const std::size_t end = std::min(record_.find(delimiter_, at_), record_.size());
    field_ = record_.substr(at_, end - at_);
    if (const std::size_t lone = field_.find('\r'); lone != std::string_view::npos) {
        at_ += lone;
        problem_ = "a carriage return without a line feed";
        return false;
    }
    at_ = end;
    return true;
}

bool CsvFieldScanner::next_quoted() {
    const std::size_t begin = at_ + 1;
    std::size_t quote = record_.find('"', begin);
    field_ = record_.substr(begin, quote - begin);
    if (quote + 1 < record_.size() && record_[quote + 1] == '"') {
        unquoted_.clear();
        std::size_t from = begin;
        for (; quote + 1 < record_.size() && record_[quote + 1] == '"';
             quote = record_.find('"', from)) {
            unquoted_ += record_.substr(from, quote + 1 - from);
            from = quote + 2;
        }
        unquoted_ += record_.substr(from, quote - from);
        field_ = unquoted_;
    }
    at_ = quote + 1;
    if (at_ != record_.size() && record_[at_] != delimiter_) {
        problem_ = "text behind the closing quote";
        return false;
    }
    return true;
}

}  // namespace batch
