// Conditions of the journal's file at a start of the gateway.
#include <sqlite3.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "trouble.hpp"

namespace gateway::crash {
namespace {

namespace fs = std::filesystem;

// The folder is moved away, like a volume that was not mounted.
class moved_folder final : public trouble {
public:
    explicit moved_folder(fs::path folder)
        : folder_(std::move(folder)), elsewhere_(folder_.string() + "-elsewhere") {
        fs::rename(folder_, elsewhere_);
    }
    ~moved_folder() override { fs::rename(elsewhere_, folder_); }

private:
    fs::path folder_;
    fs::path elsewhere_;
};

// The file is replaced by a copy that may be damaged; the destructor restores the good file.
class other_file final : public trouble {
public:
    explicit other_file(fs::path file) : file_(std::move(file)), good_(file_.string() + "-good") {
        fs::copy_file(file_, good_);
    }
    ~other_file() override { fs::rename(good_, file_); }

private:
    fs::path file_;
    fs::path good_;
};

class read_only_mount final : public trouble {
public:
    explicit read_only_mount(fs::path folder) : folder_(std::move(folder)) {}
    ~read_only_mount() override { change(false); }

    bool change(bool read_only) {
        const unsigned long flags = MS_REMOUNT | (read_only ? MS_RDONLY : 0UL);
        return mount(nullptr, folder_.c_str(), nullptr, flags, nullptr) == 0;
    }

private:
    fs::path folder_;
};

std::unique_ptr<trouble> take_folder(flow::world& w, std::string&) {
    return std::make_unique<moved_folder>(disk_of(w));
}

std::unique_ptr<trouble> put_newer_file(flow::world& w, std::string& why_not) {
    auto made = std::make_unique<other_file>(journal_of(w));
    sqlite3* db = nullptr;
    sqlite3_open(journal_of(w).c_str(), &db);
    const int code = sqlite3_exec(db, "PRAGMA user_version = 1000000", nullptr, nullptr, nullptr);
    sqlite3_close(db);
    if (code != SQLITE_OK) {
        why_not = "the copy of the journal can't be written";
        return nullptr;
    }
    return made;
}

std::unique_ptr<trouble> put_text_file(flow::world& w, std::string&) {
    auto made = std::make_unique<other_file>(journal_of(w));
    std::ofstream(journal_of(w), std::ios::trunc) << std::string(5000, 'x');
    return made;
}

std::unique_ptr<trouble> put_other_key(flow::world& w, std::string&) {
    const auto keys = w.folder / "journal.key";
    auto made = std::make_unique<other_file>(keys);
    std::ofstream(keys, std::ios::trunc) << std::string(64, 'b') << '\n';
    return made;
}

std::unique_ptr<trouble> mount_read_only(flow::world& w, std::string& why_not) {
    auto made = std::make_unique<read_only_mount>(disk_of(w));
    if (!made->change(true)) {
        why_not = std::string("can't be mounted read-only here: ") + std::strerror(errno);
        return nullptr;
    }
    return made;
}

}  // namespace

const trouble_row start_troubles[7] = {
    {"folder_missing", false, take_folder, "its folder does not exist"},
    {"file_of_a_newer_version", false, put_newer_file, "newer version"},
    {"file_of_something_else", false, put_text_file, "not a database"},
    {"file_locked_by_another_process", false, lock_file, "locked by another process"},
    {"folder_read_only", true, mount_read_only, "Read-only"},
    {"file_sealed_with_another_key", false, put_other_key, "which is not configured"},
    {"full_disk", true, fill_disk, "disk"},
};

}  // namespace gateway::crash
