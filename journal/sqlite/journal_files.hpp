#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "journal/managed_journal.hpp"
#include "journal/sqlite/database.hpp"
#include "journal/sqlite/owner_lock.hpp"

namespace gateway::journal {

// The files that durability rests on, as this process opened them: the journal, its log (-wal) and
// the log's index (-shm). A file that was removed or replaced under the process goes on working for
// it, but the next start does not find what was written there (docs/journal.md, The files). Any
// thread once the log is remembered.
class journal_files {
public:
    // Until remember_log() only the journal itself is watched.
    explicit journal_files(std::unique_ptr<const owner_lock> owner) : owner_(std::move(owner)) {}

    const std::string& path() const noexcept { return owner_->path(); }
    bool created() const noexcept { return owner_->created(); }
    // To be called when log and index are open.
    db_result<void> remember_log();
    // The file that the next start would miss; none while all are in place.
    std::optional<db_error> fault() const;
    bool journal_in_place() const noexcept { return owner_->still_in_place(); }
    storage_use use() const noexcept;
    std::uint64_t journal_bytes() const noexcept;

private:
    struct identity {
        dev_t device = 0;
        ino_t inode = 0;
    };
    static std::optional<identity> identity_of(const std::string& path) noexcept;
    static bool in_place(const std::string& path, const std::optional<identity>& opened) noexcept;
    std::string log() const { return path() + "-wal"; }
    std::string index() const { return path() + "-shm"; }

    std::unique_ptr<const owner_lock> owner_;
    std::optional<identity> log_;
    std::optional<identity> index_;
};

}  // namespace gateway::journal
