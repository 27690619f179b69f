#include "core/store/kept_files.hpp"

#include "core/model/output.hpp"

#include <set>

namespace batch {

namespace fs = std::filesystem;

void remove_unnamed(const fs::path& folder, const std::string& record) {
    std::set<fs::path> wanted;
    if (!record.empty()) {
        for (const Artifact& artifact : output_of(record).artifacts) {
            wanted.insert(fs::path(artifact.path).filename());
        }
    }
    std::error_code ignored;
    for (fs::directory_iterator file(folder, ignored), end; file != end; file.increment(ignored)) {
        if (!wanted.contains(file->path().filename())) {
            std::error_code stays;
            fs::remove_all(file->path(), stays);
        }
    }
    fs::remove(folder, ignored);  // only if nothing is left in it
}

}  // namespace batch
