#include "tests/journal/fault_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>

namespace gateway::journal::testing {
namespace {

// SQLite's interface is in C: the state behind its function pointers has to be reachable from all
// of them.
struct disk {
    sqlite3_vfs* real = nullptr;
    sqlite3_vfs shim{};
    std::atomic<int> write_code{0};
    std::atomic<int> flush_code{0};
    std::atomic<int> open_code{0};
    std::atomic<bool> opens_read_only{false};
    std::mutex mutex;
    std::function<void()> before_flush;
};

disk& the_disk() {
    static disk only;
    return only;
}

struct shim_file {
    sqlite3_file base;
    sqlite3_file* real;
    bool log;
};

sqlite3_file* real_of(sqlite3_file* file) {
    return reinterpret_cast<shim_file*>(file)->real;
}

template <auto Member, class... A>
int forward(sqlite3_file* file, A... args) {
    sqlite3_file* real = real_of(file);
    return (real->pMethods->*Member)(real, args...);
}

int close_file(sqlite3_file* file) {
    return forward<&sqlite3_io_methods::xClose>(file);
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    if (const int code = the_disk().write_code; code != SQLITE_OK) {
        return code;
    }
    return forward<&sqlite3_io_methods::xWrite>(file, data, size, offset);
}

int flush_file(sqlite3_file* file, int flags) {
    std::function<void()> call;
    {
        const std::lock_guard lock(the_disk().mutex);
        call = the_disk().before_flush;
    }
    if (call && reinterpret_cast<shim_file*>(file)->log) {
        call();
    }
    if (const int code = the_disk().flush_code; code != SQLITE_OK) {
        return code;
    }
    return forward<&sqlite3_io_methods::xSync>(file, flags);
}

void shm_barrier(sqlite3_file* file) {
    sqlite3_file* real = real_of(file);
    real->pMethods->xShmBarrier(real);
}

const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = forward<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = write_file,
    .xTruncate = forward<&sqlite3_io_methods::xTruncate, sqlite3_int64>,
    .xSync = flush_file,
    .xFileSize = forward<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    .xLock = forward<&sqlite3_io_methods::xLock, int>,
    .xUnlock = forward<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = forward<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = forward<&sqlite3_io_methods::xFileControl, int, void*>,
    .xSectorSize = forward<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = forward<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = forward<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>,
    .xShmLock = forward<&sqlite3_io_methods::xShmLock, int, int, int>,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = forward<&sqlite3_io_methods::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    if (const int code = the_disk().open_code; code != SQLITE_OK) {
        return code;
    }
    if (the_disk().opens_read_only) {
        flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    }
    auto* shim = new (file) shim_file{};
    shim->real = reinterpret_cast<sqlite3_file*>(shim + 1);
    shim->log = (flags & SQLITE_OPEN_WAL) != 0;
    sqlite3_vfs* real = the_disk().real;
    const int code = real->xOpen(real, name, shim->real, flags, out_flags);
    if (shim->real->pMethods != nullptr) {
        shim->base.pMethods = &methods;
    }
    return code;
}

}  // namespace

fault_vfs::fault_vfs() {
    disk& d = the_disk();
    d.real = sqlite3_vfs_find(nullptr);
    d.shim = *d.real;
    d.shim.pNext = nullptr;
    d.shim.zName = "failing";
    d.shim.szOsFile = static_cast<int>(sizeof(shim_file)) + d.real->szOsFile;
    d.shim.xOpen = open_file;
    if (sqlite3_vfs_register(&d.shim, 1) != SQLITE_OK) {
        throw std::runtime_error("the failing disk can't be registered");
    }
}

fault_vfs::~fault_vfs() {
    disk& d = the_disk();
    fail_writes(SQLITE_OK);
    fail_flushes(SQLITE_OK);
    fail_opens(SQLITE_OK);
    open_read_only(false);
    before_flush(nullptr);
    sqlite3_vfs_unregister(&d.shim);
    sqlite3_vfs_register(d.real, 1);
}

void fault_vfs::fail_writes(int code) {
    the_disk().write_code = code;
}
void fault_vfs::fail_flushes(int code) {
    the_disk().flush_code = code;
}
void fault_vfs::fail_opens(int code) {
    the_disk().open_code = code;
}
void fault_vfs::open_read_only(bool on) {
    the_disk().opens_read_only = on;
}

void fault_vfs::before_flush(std::function<void()> call) {
    const std::lock_guard lock(the_disk().mutex);
    the_disk().before_flush = std::move(call);
}

}  // namespace gateway::journal::testing
