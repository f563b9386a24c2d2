#include "child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

extern char** environ;

namespace gateway::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<std::string> merged(const std::map<std::string, std::string>& more) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text(*entry);
        if (!more.contains(text.substr(0, text.find('=')))) {
            all.push_back(text);
        }
    }
    for (const auto& [name, value] : more) {
        all.push_back(name + '=' + value);
    }
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts) {
        all.push_back(text.data());
    }
    all.push_back(nullptr);
    return all;
}

}  // namespace

child_process::child_process(
    const std::string& program,
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment
) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe2 failed");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    std::vector<std::string> argv{program};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    auto envp = merged(environment);
    const int failed = posix_spawn(
        &pid_, program.c_str(), &actions, nullptr, pointers(argv).data(), pointers(envp).data()
    );
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    out_ = ends[0];
    if (failed != 0) {
        close(out_);
        throw std::runtime_error("can't start " + program);
    }
    reader_ = std::thread([this] { collect(); });
}

child_process::~child_process() {
    if (running()) {
        kill(pid_, SIGKILL);
        wait_exit();
    }
    reader_.join();
    close(out_);
}

void child_process::collect() {
    char buffer[4096];
    for (;;) {
        const auto got = read(out_, buffer, sizeof buffer);
        const std::lock_guard lock(guard_);
        if (got > 0) {
            text_.append(buffer, static_cast<std::size_t>(got));
        } else {
            ended_ = true;
        }
        grown_.notify_all();
        if (ended_) {
            return;
        }
    }
}

std::optional<std::string> child_process::wait_for(const std::string& pattern, milliseconds limit) {
    const std::regex wanted(pattern);
    const auto end = steady_clock::now() + limit;
    std::unique_lock lock(guard_);
    for (;;) {
        std::smatch found;
        if (std::regex_search(text_, found, wanted)) {
            return found.size() > 1 ? found[1].str() : found[0].str();
        }
        if (ended_ || grown_.wait_until(lock, end) == std::cv_status::timeout) {
            return std::nullopt;
        }
    }
}

void child_process::signal(int number) const {
    kill(pid_, number);
}

bool child_process::running() {
    if (status_) {
        return false;
    }
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) {
        return true;
    }
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return false;
}

// The end of the output is the end of the program, so the function waits for that.
std::optional<int> child_process::wait_exit(milliseconds limit) {
    {
        std::unique_lock lock(guard_);
        if (!grown_.wait_for(lock, limit, [&] { return ended_; })) {
            return std::nullopt;
        }
    }
    if (!status_) {
        int status = 0;
        waitpid(pid_, &status, 0);
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return status_;
}

std::string child_process::output() {
    const std::lock_guard lock(guard_);
    return text_;
}

}  // namespace gateway::flow
