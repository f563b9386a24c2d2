#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace gateway::journal {

// A thread that runs all waiting jobs as one batch: while it works, the next batch gathers. Jobs
// keep their order.
template <class Job>
class batch_thread {
public:
    using worker =
        std::function<void(std::vector<Job>)>;  // on the thread; at most `max_batch` jobs

    batch_thread(std::size_t max_batch, worker work)
        : max_batch_(max_batch), work_(std::move(work)), thread_([this] { run(); }) {}
    ~batch_thread() { stop(); }
    batch_thread(const batch_thread&) = delete;
    batch_thread& operator=(const batch_thread&) = delete;

    // Any thread. False once stop() was called; the job is then left as it was.
    [[nodiscard]] bool push(Job& job) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) {
                return false;
            }
            waiting_.push_back(std::move(job));
        }
        wake_.notify_one();
        return true;
    }

    // Runs the waiting jobs, then joins. One thread may call it, more than once.
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

private:
    void run() {
        for (;;) {
            std::vector<Job> batch = next();
            if (batch.empty()) {
                return;
            }
            work_(std::move(batch));
        }
    }

    // Empty only when the thread is stopping and no job waits.
    std::vector<Job> next() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.size() <= max_batch_) {
            return std::exchange(waiting_, {});
        }
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(max_batch_);
        std::vector<Job> batch(
            std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end)
        );
        waiting_.erase(waiting_.begin(), end);
        return batch;
    }

    const std::size_t max_batch_;
    const worker work_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> waiting_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace gateway::journal
