#include "tests/daemon/workbench.hpp"

#include "core/base/json.hpp"
#include "core/base/uuid.hpp"
#include "core/os/escaped.hpp"
#include "core/store/taking_over.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "tree.hpp"

namespace batch {
namespace {

std::filesystem::path fresh_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "batch-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("cannot make a folder for the test");
    }
    return pattern;
}

}  // namespace

Workbench::Workbench() : root_(fresh_folder()) {
    config.settings.state.path = root_ / "state.db";
    config.settings.workers.count = 2;
    config.settings.workers.kill_grace = Millis(300);
    config.settings.log.level =
        std::getenv("BATCH_TEST_LOG") != nullptr ? LogLevel::debug : LogLevel::error;
    config.settings.plugins.path = {
        std::filesystem::path(BATCH_BINARY_DIR) / "tests/data/batch/plugins",
        std::filesystem::path(BATCH_BINARY_DIR) / "libexec/batch/plugins"};
    store_ = open_store(config.settings.state.path, OpenMode::own);
}

Workbench::~Workbench() {
    store_.reset();
    std::filesystem::remove_all(root_);
}

std::string Workbench::submit(std::vector<Step> steps, const std::vector<std::string>& payloads,
                              const std::function<void(NewBatch&)>& change) {
    NewBatch batch{.id = uuid_v7(now()), .name = "test"};
    batch.plan.steps = std::move(steps);
    batch.plan.retry = {.retries = 2, .backoff_min = Millis(5), .backoff_max = Millis(20)};
    if (change) {
        change(batch);
    }
    const std::string id = batch.id;
    const auto draft = store_->submitting().draft(std::move(batch));
    for (const std::string& payload : payloads) {
        draft->add({.payload = payload});
    }
    draft->publish("");
    return id;
}

void Workbench::work_off() {
    become_subreaper();
    const StatePaths paths{config.settings.state.path};
    const auto bells = queue_backend("local:").consumer({.paths = paths}, 1);
    take_over(*store_, paths, "test");
    Log log(config.settings.log);
    Engine engine(*store_, *bells, nullptr, config, log);
    engine.run(Leave::when_drained);
}

Batch Workbench::batch(const std::string& id) {
    return store_->reading().fitting(id, 0, 1).at(0);
}

std::vector<Item> Workbench::items(const std::string& id) {
    std::vector<Item> all;
    store_->reading().items(batch(id).no, {.with_payload = true, .with_output = true},
                            [&all](const Item& item) {
                                all.push_back(item);
                                return true;
                            });
    return all;
}

std::vector<LogLine> Workbench::logs(const std::string& id) {
    std::vector<LogLine> all;
    store_->reading().logs(batch(id).no, {}, [&all](const LogLine& line) {
        all.push_back(line);
        return true;
    });
    return all;
}

Step shell(const std::string& script, const std::vector<std::string>& arguments) {
    Json command{"sh", "-c", script, "sh"};
    for (const std::string& argument : arguments) {
        command.push_back(argument);
    }
    return {.plugin = "exec",
            .options = dump({{"command", command}}),
            .has_placeholders = !arguments.empty()};
}

std::vector<std::string> numbered(int count) {
    std::vector<std::string> rows;
    for (int n = 0; n < count; ++n) {
        rows.push_back(fmt::format(R"({{"n":{}}})", n));
    }
    return rows;
}

}  // namespace batch
