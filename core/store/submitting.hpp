#pragma once

#include "core/model/batch.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// A row on its way into the state file.
struct NewItem {
    std::string_view payload;  ///< JSON text, at most the configured row size
    std::int64_t line = 0;     ///< in its file; 0: none
    int suffix = 0;            ///< 2 makes "name (2)"; 0: none
};

/// What submit knows of a batch before its rows.
struct NewBatch {
    std::string id;
    std::string name;
    std::optional<std::string> key;
    std::map<std::string, std::string> labels;
    Plan plan;
    std::optional<Reason> hold;  ///< stored paused
    Priority priority = Priority::normal;
    bool local_queue = true;  ///< the state file is the queue: at once `queued`
    std::string user;
    std::uint32_t uid = 0;
};

/// What publish() found.
struct Published {
    BatchNo no = 0;  ///< 0: the existing batch was pruned, only its key is kept
    std::string id;  ///< the existing batch's, if the key was taken
    bool created = true;
    int bell = 0;
};

/// A batch that nobody sees yet.  Rows of a small batch stay in memory (10,000 rows and 4 MB) and
/// are stored by publish() in one transaction; a larger one goes into the file in slices of at most
/// 5,000 rows, with a pause after each so that a working batchd gets the lock.
/// Not published when destroyed: what was stored of it is removed.
class Draft {
public:
    virtual ~Draft() = default;

    /// Copies the payload.  Throws Error{state} on a full disk or a lock held for 5 s.
    virtual void add(const NewItem& item) = 0;

    virtual std::int64_t size() const = 0;

    /// Makes the batch visible in one transaction; once this returns it is on disk.
    /// `content` is the digest of everything submitted; with a key that exists: the same digest
    /// gives the existing batch, another throws Error{conflict} (message E15).
    virtual Published publish(std::string_view content) = 0;

protected:
    Draft() = default;
    Draft(const Draft&) = default;
    Draft& operator=(const Draft&) = default;
};

/// A draft that is complete, and the digest of everything submitted with it.
struct Complete {
    Draft* draft = nullptr;
    std::string_view content;
};

/// Stored text of a template.
struct StoredTemplate {
    std::string name;
    int version = 0;     ///< 0: of one batch only, not listed
    std::string engine;  ///< plugin's name
    std::string sha256;
    std::string source;
    std::string schema;  ///< JSON Schema of its rows; may be empty
    TimePoint created_at{};
};

/// The way in: batches and templates.
class Submitting {
public:
    virtual ~Submitting() = default;
    virtual std::unique_ptr<Draft> draft(NewBatch batch) = 0;

    /// Publishes several in one transaction: all of them, or none.  Who submits many small batches
    /// waits for the disk once, not once for each.  Throws what Draft::publish() throws.
    virtual std::vector<Published> publish(const std::vector<Complete>& drafts) = 0;

    /// Keeps the text under its digest; version 0.  Returns the digest.
    virtual std::string keep_template(const StoredTemplate& text) = 0;

    /// Next version of a named template; the same text again keeps its version.
    virtual int add_template(const StoredTemplate& text) = 0;

    /// All of a name if the version is absent; returns how many went.
    virtual int remove_template(std::string_view name, std::optional<int> version) = 0;

protected:
    Submitting() = default;
    Submitting(const Submitting&) = default;
    Submitting& operator=(const Submitting&) = default;
};

}  // namespace batch
