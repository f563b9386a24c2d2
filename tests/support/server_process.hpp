#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

// Programs that a test starts and that end with it.

namespace gateway::support {

struct account {
    uid_t user = ::getuid();
    gid_t group = ::getgid();
};
// The account of a server that refuses to run as root: the test's own unless that is root.
account unprivileged();

// Starts the program as that account, with its output appended to `log`. It gets SIGQUIT when the
// thread that called ends, so also when the test crashes.
pid_t spawn(const std::vector<std::string>& command, const std::filesystem::path& log);

// The parent of a process; 0 when it has ended, collected or not.
pid_t parent_of(pid_t process);
std::vector<pid_t> children_of(pid_t parent);
bool is_alive(pid_t process);

}  // namespace gateway::support
