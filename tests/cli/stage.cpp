#include "tests/cli/stage.hpp"

#include "core/base/time.hpp"
#include "tests/support/state.hpp"

#include <fmt/core.h>

#include <fstream>
#include <string_view>

namespace batch::testing {
namespace {

bool is_in_number(char c) {
    return (c >= '0' && c <= '9') || c == '.';
}

/// Bytes of the duration at the front: "24s", "2.1s", "1h5m"; 0 if there is none.
std::size_t size_of_duration(std::string_view text) {
    std::size_t size = 0;
    for (;;) {
        std::size_t at = size;
        while (at < text.size() && is_in_number(text[at])) {
            ++at;
        }
        if (at == size) {
            return size;
        }
        const std::string_view rest = text.substr(at);
        const std::size_t unit =
            rest.starts_with("ms")                                                              ? 2
            : !rest.empty() && std::string_view("smhd").find(rest[0]) != std::string_view::npos ? 1
                                                                                                : 0;
        if (unit == 0) {
            return size;
        }
        size = at + unit;
    }
}

}  // namespace

std::string id_with(const std::string& end) {
    return "01a20493-be63-7d3a-9b60-3f1f" + end;
}

std::string untimed(const std::string& text) {
    std::string out;
    std::string_view rest = text;
    while (!rest.empty()) {
        const bool at_start = out.empty() || (!is_in_number(out.back()) && out.back() != ',');
        const std::size_t size = at_start ? size_of_duration(rest) : 0;
        const std::string_view behind = rest.substr(size);
        const bool measured = size > 0 && (out.ends_with(" in ") || behind.starts_with(" ago"));
        out += measured ? std::string_view("TIME") : rest.substr(0, std::max<std::size_t>(size, 1));
        rest.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

Stage::Stage() {
    ctl({"status"});  // makes the file, where it is looked for
    file_ = open_store(*this / ".local/state/batch/state.db", OpenMode::own);
    file_->working().take_over(daemon_row(), {});
    write(".local/state/batch/state.db.lock", "");  // as after a farewell
}

BatchNo Stage::put(const std::string& id_end, const std::string& name, std::int64_t items,
                   const std::function<void(NewBatch&)>& change) {
    NewBatch batch = new_batch(name);
    batch.id = id_with(id_end);
    batch.uid = ::getuid();
    batch.plan.source = name;
    if (change) {
        change(batch);
    }
    return submit(*file_, items, std::move(batch));
}

void Stage::work_on(BatchNo no, std::size_t limit, const Endings& endings) {
    const auto work = file_->working().begin();
    const auto chunk = work->claim(no, limit, std::size_t{1} << 30U);
    bool held = false;
    for (const Claimed& item : chunk.value_or(Chunk{}).items) {
        const Ending end = endings ? endings(item.id.index()) : Ending{};
        if (end.status == ItemStatus::running) {
            held = true;
            continue;
        }
        ItemError error = item_error(end.code.empty() ? "exit_1" : end.code);
        error.message = end.message.empty() ? error.message : end.message;
        const std::string output = to_json(end.output);
        const bool done = end.status == ItemStatus::done;
        work->finish(chunk->claim, {.id = item.id,
                                    .status = end.status,
                                    .attempts = item.attempts + 1,
                                    .at = now(),
                                    .duration = Millis{7},
                                    .output = done ? output : std::string_view(),
                                    .error = done ? nullptr : &error});
    }
    if (chunk && !held) {
        work->release(chunk->claim);
    }
    work->commit();
}

void Stage::finish(BatchNo no, const Endings& endings) {
    while (!is_final(look(no).status)) {
        work_on(no, 1000, endings);
    }
}

void Stage::start_work() {
    lock_ = FileLock::try_lock(*this / ".local/state/batch/state.db.lock", "batchd");
}

void Stage::kill_work() {
    lock_.reset();
    std::ofstream(*this / ".local/state/batch/state.db.lock") << R"({"for":"batchd"})";
}

}  // namespace batch::testing
