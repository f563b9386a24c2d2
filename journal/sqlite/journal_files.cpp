#include "journal/sqlite/journal_files.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace gateway::journal {

namespace {

std::uint64_t size_of(const std::string& path) noexcept {
    struct stat file{};
    return ::stat(path.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
}

}  // namespace

std::uint64_t journal_files::journal_bytes() const noexcept {
    return size_of(path());
}

std::optional<journal_files::identity> journal_files::identity_of(const std::string& path
) noexcept {
    struct stat there{};
    if (::stat(path.c_str(), &there) != 0) {
        return std::nullopt;
    }
    return identity{there.st_dev, there.st_ino};
}

bool journal_files::in_place(
    const std::string& path, const std::optional<identity>& opened
) noexcept {
    if (!opened) {
        return true;
    }
    const auto there = identity_of(path);
    return there && there->device == opened->device && there->inode == opened->inode;
}

db_result<void> journal_files::remember_log() {
    log_ = identity_of(log());
    index_ = identity_of(index());
    if (!log_ || !index_) {
        return db_error(0, "the journal's log can't be looked at");
    }
    return {};
}

std::optional<db_error> journal_files::fault() const {
    if (!owner_->still_in_place()) {
        return db_error(
            0,
            "the journal file was moved or deleted while in use; do not restart the gateway before "
            "it is back in its place or saved (operations.md, Files of the journal that are lost)"
        );
    }
    if (!in_place(log(), log_)) {
        return db_error(
            0,
            "the journal's log (-wal) was removed or replaced while in use; put it back, or restart "
            "the gateway"
        );
    }
    if (!in_place(index(), index_)) {
        return db_error(
            0,
            "the index of the journal's log (-shm) was removed or replaced while in use; put it "
            "back, or restart the gateway"
        );
    }
    return std::nullopt;
}

storage_use journal_files::use() const noexcept {
    storage_use now;
    now.log_bytes = size_of(log());
    struct statvfs volume{};
    // Some file systems do not tell their size.
    if (::statvfs(path().c_str(), &volume) == 0 && volume.f_blocks > 0) {
        now.free_bytes = std::uint64_t{volume.f_bavail} * volume.f_frsize;
    }
    return now;
}

}  // namespace gateway::journal
