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

// A program that a test started. The object collects its output, and its destructor ends it.
class child_process {
public:
    child_process(
        const std::string& program,
        const std::vector<std::string>& arguments,
        const std::map<std::string, std::string>& environment = {}
    );
    ~child_process();  // sends SIGKILL to a running program
    child_process(const child_process&) = delete;

    // Waits until the output matches and returns the first sub-match, or the match without one.
    // Returns nothing when the program ended or `limit` passed.
    std::optional<std::string> wait_for(
        const std::string& pattern, std::chrono::milliseconds limit = std::chrono::seconds(20)
    );
    void signal(int number) const;
    // Returns the exit status (128 + the signal that killed the program), or nothing when the
    // program still runs after `limit`.
    std::optional<int> wait_exit(std::chrono::milliseconds limit = std::chrono::seconds(40));
    bool running();
    pid_t pid() const noexcept { return pid_; }
    // Returns the output of both streams so far.
    std::string output();

private:
    void collect();

    pid_t pid_ = -1;
    int out_ = -1;
    std::optional<int> status_;

    // A thread reads continuously, so that the program never blocks on a full pipe.
    std::mutex guard_;
    std::condition_variable grown_;
    std::string text_;
    bool ended_ = false;
    std::thread reader_;
};

}  // namespace gateway::flow
