#pragma once

#include "core/os/fd.hpp"
#include "daemon/plugins/file/folder.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace batch::file {

enum class OnCollision { error, suffix, overwrite };

/// What to put where.
struct Order {
    Name name;
    std::string item_key;          ///< "<batch>/<index>"
    std::filesystem::path source;  ///< a file; or else
    std::string text;              ///< the content itself
    OnCollision on_collision = OnCollision::error;
};

/// One file on its way to its place, in steps so that a caller can do many files step by step: the
/// disk then syncs them together.  Until publish() it has no name, where the file system can do
/// that, and nothing stays of it even when the process is killed.
class Placement {
public:
    /// Writes everything into a file on the disk of the target folder.
    Placement(std::shared_ptr<const Root> root, Order order);
    Placement(Placement&&) noexcept = default;
    Placement& operator=(Placement&&) = delete;
    ~Placement();

    /// To the disk.
    void sync() const;

    /// Gives it its name, in one step.  Throws Error{conflict, "file_exists"} as the policy says.
    ///
    /// What the same item delivered before is always replaced; it is known by an extended
    /// attribute or, where the file system has none, by an equal content.  "overwrite" does not
    /// replace what another item of the same batch delivered.
    void publish();

    /// The name itself, to the disk; once per folder will do.
    void sync_folder() const;

    /// Folder and inode of it, to tell folders apart.
    std::pair<dev_t, ino_t> folder_id() const;

    /// Absolute; after publish().
    std::filesystem::path location() const;

private:
    Fd open_file();
    void write_content() const;
    void mark();
    bool link_to(const std::string& name) const;
    bool rename_free(const std::string& to);
    void rename_over(const std::string& to);
    bool is_ours(const std::string& existing) const;
    bool is_of_this_batch(const std::string& existing) const;
    bool has_equal_content(const std::string& existing) const;
    [[noreturn]] void fail_taken() const;

    std::shared_ptr<const Root> root_;
    Order order_;
    Fd folder_;
    std::string temporary_;  ///< its name in the folder; empty while it has none
    Fd file_;
    bool marked_ = false;
};

}  // namespace batch::file
