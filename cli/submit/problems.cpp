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
    const bool alone = count_ == 1 && !details_.front().place();
    if (alone) {
        throw details_.front();
    }
    std::string hint = hint_;
    if (hint.empty() && count_ == 1) {
        hint = details_.front().hint();
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("{}{}", plural(static_cast<std::int64_t>(count_), "problem"), outcome),
                hint)
        .with_details(details_);
}

}  // namespace batch::cli
