#include "trouble.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "descriptor.hpp"
#include "journal_view.hpp"

namespace gateway::crash {
namespace {

namespace fs = std::filesystem;

class full_disk final : public trouble {
public:
    explicit full_disk(fs::path ballast) : ballast_(std::move(ballast)) {
        const descriptor file(open(ballast_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        const std::vector<char> page(4096, 'x');
        while (write(file.get(), page.data(), page.size()) > 0) {
        }
    }
    ~full_disk() override { fs::remove(ballast_); }

private:
    fs::path ballast_;
};

class foreign_lock final : public trouble {
public:
    explicit foreign_lock(const fs::path& file) : lock_(file) {}

private:
    write_lock lock_;
};

// Immutable files behave like files of a file system mounted read-only, for a process that has them
// open and for one that opens them. The index in shared memory is left out: the kernel kills a
// process that writes to a page of it.
class read_only_files final : public trouble {
public:
    explicit read_only_files(std::vector<fs::path> files) : files_(std::move(files)) {}
    ~read_only_files() override { change(false); }

    bool change(bool immutable) {
        bool done = true;
        for (const auto& file : files_) {
            const descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
            int flags = 0;
            done = done && ioctl(opened.get(), FS_IOC_GETFLAGS, &flags) == 0;
            flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
            done = done && ioctl(opened.get(), FS_IOC_SETFLAGS, &flags) == 0;
        }
        return done;
    }

private:
    std::vector<fs::path> files_;
};

// System calls of the running gateway fail, or hang, while strace is attached to it.
class failing_calls final : public trouble {
public:
    failing_calls(const flow::world& w, const std::string& calls, const std::string& how)
        : strace_(
              "/usr/bin/strace",
              {"-f",
               "-p",
               std::to_string(w.gateway->pid()),
               "-e",
               "trace=" + calls,
               "-e",
               "inject=" + calls + ":" + how}
          ) {}
    ~failing_calls() override {
        strace_.signal(SIGINT);
        // It may not notice that the gateway was killed in the middle of a call.
        if (!strace_.wait_exit(std::chrono::seconds(5))) {
            strace_.signal(SIGKILL);
        }
    }

    bool began() { return strace_.wait_for("attached").has_value(); }

private:
    flow::child_process strace_;
};

// On a tmpfs, a process that has an immutable file open can still write to it.
bool immutable_binds_open_files(const fs::path& folder) {
    const fs::path file = folder / "immutable";
    bool refused = false;
    {
        const descriptor opened(open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        read_only_files trial({file});
        refused = trial.change(true) && write(opened.get(), "x", 1) < 0;
    }
    fs::remove(file);
    return refused;
}

std::unique_ptr<trouble> make_read_only(flow::world& w, std::string& why_not) {
    const auto journal = journal_of(w);
    if (!immutable_binds_open_files(disk_of(w))) {
        why_not = "files that are open cannot be made immutable here";
        return nullptr;
    }
    auto made =
        std::make_unique<read_only_files>(std::vector<fs::path>{journal, journal.string() + "-wal"}
        );
    if (!made->change(true)) {
        why_not = std::string("files cannot be made immutable here: ") + std::strerror(errno);
        return nullptr;
    }
    return made;
}

std::unique_ptr<trouble> fail_calls(
    flow::world& w, const char* calls, const char* how, std::string& why_not
) {
    if (!fs::exists("/usr/bin/strace")) {
        why_not = "strace is not installed";
        return nullptr;
    }
    auto made = std::make_unique<failing_calls>(w, calls, how);
    if (!made->began()) {
        why_not = "strace may not attach to a process here";
        return nullptr;
    }
    return made;
}

std::unique_ptr<trouble> fail_flushes(flow::world& w, std::string& why_not) {
    return fail_calls(w, "fsync,fdatasync", "error=EIO", why_not);
}

std::unique_ptr<trouble> fail_writes(flow::world& w, std::string& why_not) {
    return fail_calls(w, "pwrite64", "error=EIO", why_not);
}

}  // namespace

fs::path disk_of(const flow::world& w) {
    return w.folder / "disk";
}

fs::path journal_of(const flow::world& w) {
    return disk_of(w) / "journal.db";
}

std::unique_ptr<trouble> lock_file(flow::world& w, std::string&) {
    return std::make_unique<foreign_lock>(journal_of(w));
}

std::unique_ptr<trouble> fill_disk(flow::world& w, std::string&) {
    return std::make_unique<full_disk>(disk_of(w) / "ballast");
}

std::unique_ptr<trouble> hang_flushes(flow::world& w, std::string& why_not) {
    return fail_calls(w, "fsync,fdatasync", "delay_enter=600000000", why_not);
}

const trouble_row troubles[5] = {
    {"full_disk", true, fill_disk, "disk is full"},
    {"file_locked_by_another_process", false, lock_file, "locked by another process"},
    {"files_read_only", false, make_read_only, "journal"},
    {"flushes_failing", false, fail_flushes, "disk reported an error", true},
    {"writes_failing", false, fail_writes, "disk reported an error"},
};

small_disk::small_disk(std::string folder) : folder_(std::move(folder)) {
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=2m") == 0;
}

small_disk::~small_disk() {
    if (mounted_) {
        umount(folder_.c_str());
    }
}

}  // namespace gateway::crash
