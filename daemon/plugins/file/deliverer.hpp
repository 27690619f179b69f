#pragma once

#include "core/plugin/plugin_main.hpp"
#include "daemon/plugins/file/placement.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace batch::file {

/// The step's options.
struct Options {
    std::filesystem::path folder;
    std::string target;  ///< as the user typed it
    OnCollision on_collision = OnCollision::error;
};

/// Delivers what the step before made into a folder.
///
/// Items that arrive together are synced together: that is what costs.
class Deliverer final : public plugin::Plugin {
public:
    plugin::Json describe() const override;
    void init(const plugin::Json& frame, plugin::Outbox& outbox) override;
    void item(plugin::ItemId id, plugin::Json frame, plugin::Outbox& outbox) override;
    void cancel(plugin::ItemId id, plugin::Outbox& outbox) override;
    void handle(std::span<const pollfd> fds, plugin::Outbox& outbox) override;

private:
    /// An item and what is to be done for it.
    struct Job {
        plugin::ItemId id = 0;
        std::string target;
        std::shared_ptr<const Root> root;
        std::vector<Order> orders;
        std::vector<std::filesystem::path> locations = {};
        std::optional<plugin::Refusal> refusal = {};
    };

    struct Placed {
        Job* job;
        Placement placement;
    };

    std::shared_ptr<const Root> root_of(const std::filesystem::path& folder);
    static void deliver(std::vector<Job>& jobs);
    static void place(std::vector<Placed>& group);
    static void answer(const Job& job, plugin::Outbox& outbox);

    Options options_;
    std::map<std::filesystem::path, std::shared_ptr<const Root>> roots_;
    std::vector<Job> jobs_;
};

}  // namespace batch::file
