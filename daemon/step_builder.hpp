#pragma once

#include "core/config/config.hpp"
#include "core/plugin/catalogue.hpp"
#include "core/plugin/jail.hpp"
#include "core/store/store.hpp"
#include "daemon/batch_run.hpp"
#include "daemon/work_dirs.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace batch {

/// From the steps of a batch to what their workers are told.  Steps that are told the same share
/// their workers, also across batches; but who is in a jail sees the folders of one batch only.
/// Loop thread only.
class StepBuilder {
public:
    StepBuilder(Store& store, const Config& config, WorkDirs& dirs);

    /// Again, where the settings say now.
    void look_for_plugins();

    /// Throws Error{not_found} for a plugin that is not installed, Error{config} where the jail is
    /// required and cannot be had.
    std::vector<StepRun> build(const Batch& batch);

private:
    std::shared_ptr<const WorkerSpec> spec_of(const Step& step, std::string_view batch_id);
    bool is_jailed(const Step& step, const Manifest& manifest) const;
    JailView view_of(std::string_view batch_id);
    std::string init_frame(const Step& step);
    const Manifest& manifest_of(const std::filesystem::path& program);

    Store& store_;
    const Config& config_;
    WorkDirs& dirs_;
    Catalogue catalogue_;
    std::map<std::string, std::weak_ptr<const WorkerSpec>> specs_;

    struct Described {
        std::filesystem::file_time_type changed;
        Manifest manifest;
    };

    std::map<std::filesystem::path, Described> manifests_;  ///< asking costs an interpreter's start
};

}  // namespace batch
