#include "tests/support/server_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace gateway::support {
namespace {

namespace fs = std::filesystem;

// In the child of a fork. The signal at the parent's death comes last: a change of the user
// clears it.
void become_unprivileged(const account& as, pid_t parent) {
    if (::geteuid() == 0) {
        const bool done =
            ::setgroups(1, &as.group) == 0 && ::setgid(as.group) == 0 && ::setuid(as.user) == 0;
        if (!done) {
            ::_exit(126);
        }
    }
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::getppid() != parent) {
        ::_exit(126);
    }
}

}  // namespace

account unprivileged() {
    if (::geteuid() != 0) {
        return {};
    }
    for (const char* name : {"postgres", "nobody"}) {
        if (const passwd* found = ::getpwnam(name)) {
            return {.user = found->pw_uid, .group = found->pw_gid};
        }
    }
    throw std::runtime_error("no unprivileged user to run a server as");
}

pid_t spawn(const std::vector<std::string>& command, const fs::path& log) {
    std::vector<char*> arguments;
    for (const auto& one : command) {
        arguments.push_back(const_cast<char*>(one.c_str()));
    }
    arguments.push_back(nullptr);
    const account as = unprivileged();  // not in the child, which may only make system calls
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (child == 0) {
        become_unprivileged(as, parent);
        ::setsid();  // signals of the terminal are for the test
        const int to = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (::dup2(to, STDOUT_FILENO) >= 0 && ::dup2(to, STDERR_FILENO) >= 0 && ::chdir("/") == 0) {
            ::execv(arguments.front(), arguments.data());
        }
        ::_exit(127);
    }
    return child;
}

pid_t parent_of(pid_t process) {
    std::ifstream in("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    std::getline(in, line);
    const auto name_end = line.rfind(')');
    const bool ended = name_end == std::string::npos || line.compare(name_end, 4, ") Z ") == 0;
    return ended ? 0 : std::atoi(line.c_str() + name_end + 4);
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        const pid_t process = std::atoi(name.c_str());
        if (process > 0 && parent_of(process) == parent) {
            children.push_back(process);
        }
    }
    return children;
}

bool is_alive(pid_t process) {
    return parent_of(process) != 0;
}

}  // namespace gateway::support
