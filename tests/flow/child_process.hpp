#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <thread>
#include <vector>

namespace gateway::flow {

// A real program started by a test: its output is gathered, and it is gone when this object is.
class child_process {
public:
    child_process(
        const std::string& program,
        const std::vector<std::string>& arguments,
        const std::map<std::string, std::string>& environment = {}
    );
    ~child_process();  // SIGKILL if it still runs
    child_process(const child_process&) = delete;

    // Reads output until a line matches; the first sub-match, or nothing once the program ended or
    // `limit` passed.
    std::optional<std::string> wait_for(
        const std::string& pattern, std::chrono::milliseconds limit = std::chrono::seconds(20)
    );
    void signal(int number) const;
    // Exit status (128 + signal if killed by one), or nothing if it still runs at `limit`.
    std::optional<int> wait_exit(std::chrono::milliseconds limit = std::chrono::seconds(40));
    bool running();
    pid_t pid() const noexcept { return pid_; }
    // Everything it printed so far, both streams.
    std::string output();

private:
    void gather();

    pid_t pid_ = -1;
    int out_ = -1;
    std::optional<int> status_;

    // Read all the time: a program must never wait for a test to take its output.
    std::mutex guard_;
    std::condition_variable grown_;
    std::string text_;
    bool ended_ = false;
    std::thread reader_;
};

}  // namespace gateway::flow
