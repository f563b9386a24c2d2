#include "server/observe/process_usage.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace gateway::server {
namespace {

// Entries of /proc/self/fd without ".", ".." and the one that reading it needs.
std::uint64_t count_open_files() {
    struct closer {
        void operator()(DIR* directory) const noexcept { closedir(directory); }
    };
    const std::unique_ptr<DIR, closer> directory(opendir("/proc/self/fd"));
    if (!directory) {
        return 0;
    }
    std::uint64_t count = 0;
    while (readdir(directory.get())) {
        ++count;
    }
    return count > 3 ? count - 3 : 0;
}

double boot_time() {
    std::ifstream in("/proc/stat");
    for (std::string word; in >> word;) {
        double value = 0;
        if (word == "btime" && in >> value) {
            return value;
        }
    }
    return 0;
}

// Fields of /proc/self/stat behind the command name, which may hold anything.
void read_stat(process_usage& usage) {
    std::ifstream in("/proc/self/stat");
    std::string text;
    std::getline(in, text);
    const auto end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) {
        return;
    }
    std::istringstream fields(text.substr(end_of_name + 1));
    std::string skipped;
    constexpr int before_utime = 11;  // fields 3 to 13
    for (int i = 0; i < before_utime; ++i) {
        fields >> skipped;
    }
    double user = 0;
    double system = 0;
    double start = 0;
    std::uint64_t pages = 0;
    fields >> user >> system;
    constexpr int before_start = 6;  // fields 16 to 21
    for (int i = 0; i < before_start; ++i) {
        fields >> skipped;
    }
    fields >> start >> usage.virtual_bytes >> pages;
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    usage.cpu_seconds = (user + system) / ticks;
    usage.start_time_seconds = boot_time() + start / ticks;
    usage.resident_bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

process_usage read_process_usage() {
    process_usage usage;
    read_stat(usage);
    usage.open_files = count_open_files();
    usage.max_files = file_limit();
    return usage;
}

std::uint64_t file_limit() {
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

void raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        // Refused only where it was lowered from outside; then the old limit stays.
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

}  // namespace gateway::server
