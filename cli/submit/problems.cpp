#include "cli/submit/problems.hpp"

#include "core/base/text.hpp"

#include <fmt/core.h>

#include <utility>

namespace batch::cli {

void Problems::add(Error error) {
    ++count_;
    if (details_.size() < most_kept) {
        details_.push_back(std::move(error));
    }
}

void Problems::suggest(std::string hint) {
    if (hint_.empty()) {
        hint_ = std::move(hint);
    }
}

void Problems::throw_if_any(std::string_view outcome) const {
    if (empty()) {
        return;
    }
    const Error& first = details_.front();
    const std::string& hint = hint_.empty() && count_ == 1 ? first.hint() : hint_;
    if (count_ == 1 && !first.place()) {
        const auto words = outcome.empty() ? "" : fmt::format("; {}", outcome.substr(2));
        throw Error(first.kind(), first.what() + words, hint);
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("{}{}", plural(static_cast<std::int64_t>(count_), "problem"), outcome),
                hint)
        .with_details(details_);
}

}  // namespace batch::cli
