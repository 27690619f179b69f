#pragma once

#include "core/config/config.hpp"
#include "core/store/store.hpp"
#include "daemon/engine.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace batch {

/// A private state folder, and an engine of the real thing on it: real store, real plugins.
class Workbench {
public:
    Workbench();
    Workbench(const Workbench&) = delete;
    Workbench& operator=(const Workbench&) = delete;
    ~Workbench();

    /// Stores rows with these steps; 5 ms to 20 ms between tries.
    std::string submit(std::vector<Step> steps, const std::vector<std::string>& payloads,
                       const std::function<void(NewBatch&)>& change = {});

    /// Runs the engine until nothing is left to do.
    void work_off();

    Batch batch(const std::string& id);
    std::vector<Item> items(const std::string& id);
    std::vector<LogLine> logs(const std::string& id);

    Store& store() { return *store_; }

    const std::filesystem::path& root() const { return root_; }

    Config config;

private:
    std::filesystem::path root_;
    std::unique_ptr<Store> store_;
};

/// A step that runs a shell script; $1 and so on are `arguments`.
Step shell(const std::string& script, const std::vector<std::string>& arguments = {});

/// The rows {"n":0}, {"n":1}, ...
std::vector<std::string> numbered(int count);

}  // namespace batch
