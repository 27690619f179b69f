#include "daemon/breaker.hpp"

#include <fmt/format.h>

#include <map>

namespace batch {
namespace {

using Breaks = std::map<std::string, std::pair<const Pool::Break*, std::vector<std::string>>>;

}  // namespace

const Pool::Break* Breaker::broken_for(const BatchRun& run) const {
    for (const StepRun& step : run.steps()) {
        if (const Pool::Break* const found = pool_.broken(step.spec->plugin)) {
            return found;
        }
    }
    return nullptr;
}

std::vector<std::pair<BatchNo, Reason>> Breaker::find() {
    std::vector<std::pair<BatchNo, Reason>> found;
    if (!pool_.any_broken()) {
        told_.clear();
        return found;
    }
    Breaks waiting;
    for (const BatchRun* const run : board_.turns()) {
        const Pool::Break* const broken = run->is_stopped() ? nullptr : broken_for(*run);
        if (broken == nullptr) {
            continue;
        }
        const std::string words = "; last words: " + broken->last_words;
        found.emplace_back(
            run->batch().no,
            Reason{std::string(code), broken->message + words,
                   "see what is wrong with it: batchctl plugin test " + broken->plugin});
        paused_.insert_or_assign(run->batch().no, broken->plugin);
        auto& [why, ids] = waiting[broken->message];
        why = broken;
        ids.push_back(short_id(run->id()));
    }
    for (const auto& [message, who] : waiting) {
        if (told_.insert(message).second) {
            log_.error(
                "plugin_held",
                fmt::format("{}, {} {}; last words: {}", message, fmt::join(who.second, ", "),
                            who.second.size() == 1 ? "waits" : "wait", who.first->last_words));
        }
    }
    return found;
}

std::vector<BatchNo> Breaker::ended() {
    std::vector<BatchNo> over;
    std::erase_if(paused_, [&](const auto& paused) {
        const bool is_over = pool_.broken(paused.second) == nullptr;
        if (is_over) {
            over.push_back(paused.first);
        }
        return is_over;
    });
    return over;
}

}  // namespace batch
