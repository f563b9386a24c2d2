#include "journal/sqlite/owner_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace gateway::journal {
namespace {

namespace fs = std::filesystem;

// Without this a power cut may lose the name of a new file, and with it the flushed content.
bool flush_folder_of(const std::string& path) {
    const fs::path folder = fs::path(path).parent_path();
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool flushed = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    return flushed;
}

// The file's header says whether its commits go to a log (https://sqlite.org/fileformat.html, 1.3).
bool has_log_mode(int descriptor) {
    constexpr off_t write_version_at = 18;
    constexpr unsigned char write_ahead_log = 2;
    unsigned char version = 0;
    return ::pread(descriptor, &version, 1, write_version_at) == 1 && version == write_ahead_log;
}

}  // namespace

owner_lock::owner_lock(const std::string& journal_path, missing_file when_missing)
    : path_(fs::absolute(journal_path).string()) {
    std::error_code error;
    if (!fs::is_directory(fs::path(path_).parent_path(), error)) {
        refuse("its folder does not exist");
    }
    open(when_missing);
    try {
        lock();
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

void owner_lock::open(missing_file when_missing) {
    struct stat there{};
    created_ = ::stat(path_.c_str(), &there) != 0 ? errno == ENOENT : there.st_size == 0;
    if (created_ && when_missing == missing_file::refuse) {
        refuse(
            "there is none, and journal.must_exist forbids creating one; check that its volume is "
            "mounted"
        );
    }
    // SQLite would create the file readable for everybody; its log and index inherit the file's
    // mode.
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | (created_ ? O_CREAT : 0), 0600);
    if (descriptor_ < 0) {
        refuse(std::string("it can't be opened for writing (") + std::strerror(errno) + ")");
    }
}

void owner_lock::lock() {
    std::error_code error;
    path_ = fs::canonical(path_, error).string();
    struct stat file{};
    if (error || ::fstat(descriptor_, &file) != 0) {
        refuse("it can't be looked at");
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        refuse(
            errno == EWOULDBLOCK
                ? std::string("it is in use by another gateway process")
                : std::string("its file system can't lock it (") + std::strerror(errno) + ")"
        );
    }
    // SQLite keeps the log beside the name under which the file was opened: under another name, the
    // log that a crash left would be missed.
    if (file.st_nlink > 1) {
        refuse("the file has a second name (hard link); only one of them can have its log beside");
    }
    device_ = file.st_dev;
    inode_ = file.st_ino;
    if (!still_in_place()) {
        refuse("the file was moved or deleted while it was opened");
    }
    if (!flush_folder_of(path_)) {
        refuse("its folder can't be flushed to disk");
    }
    log_missing_ = has_log_mode(descriptor_) && !fs::exists(path_ + "-wal", error) && !error;
}

owner_lock::~owner_lock() {
    ::close(descriptor_);
}

bool owner_lock::still_in_place() const noexcept {
    struct stat there{};
    return ::stat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_;
}

void owner_lock::refuse(const std::string& why) {
    throw std::runtime_error("the journal can't be opened: " + why);
}

}  // namespace gateway::journal
