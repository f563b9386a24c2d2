#include "base/worker_pool.hpp"

#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <thread>
#include <vector>

#include "base/thread_priority.hpp"
#include "base/wait_list.hpp"

namespace gateway::base {

namespace {

// Jobs handed to a thread ahead of time: enough that it need not wait for the loop (a signature
// takes a third of a millisecond), few enough that another pool's job is soon reached.
constexpr std::size_t slots_per_thread = 8;

}  // namespace

struct worker_pool::job_queue {
    std::size_t jobs = 0;    // running and queued
    wait_list waiting;       // for a slot
    bool scheduled = false;  // in thread_set::queues
};

struct worker_pool::thread_set {
    explicit thread_set(std::size_t threads)
        : jobs(std::make_unique<asio::io_context>(static_cast<int>(threads))),
          keeps_running(asio::make_work_guard(*jobs)),
          free_slots(threads * slots_per_thread) {
        for (std::size_t i = 0; i < threads; ++i) {
            workers.emplace_back([this] {
                lower_thread_priority(niceness_offset::single_work);
                ::pthread_setname_np(::pthread_self(), "worker");
                while (jobs->run_one() > 0) {
                    // Without it Linux compares priorities again only at its next tick, 4 ms later.
                    std::this_thread::yield();
                }
            });
        }
    }

    // Queued jobs are not resumed any more. The jobs are destroyed here, because they hold the
    // coroutines that await them, which hold the thread_set.
    void stop() {
        stopped = true;
        jobs->stop();
        workers.clear();
        keeps_running.reset();
        jobs.reset();
    }

    void schedule(const std::shared_ptr<job_queue>& queue) {
        if (!queue->scheduled) {
            queue->scheduled = true;
            queues.push_back(queue);
        }
    }
    void release_slot();

    std::unique_ptr<asio::io_context> jobs;
    asio::executor_work_guard<asio::io_context::executor_type> keeps_running;
    std::vector<std::jthread> workers;
    std::size_t free_slots;
    std::deque<std::shared_ptr<job_queue>> queues;  // those with waiters, each once, round robin
    bool stopped = false;
};

// Hands the slot to the first waiter of the next queue.
void worker_pool::thread_set::release_slot() {
    while (!queues.empty() && !stopped) {
        const auto queue = std::move(queues.front());
        queues.pop_front();
        queue->scheduled = false;
        const bool handed_over = queue->waiting.notify_first();
        if (queue->waiting.size() > 0) {
            schedule(queue);
        }
        if (handed_over) {
            return;
        }
    }
    ++free_slots;
}

worker_pool::worker_pool(std::size_t threads, std::size_t most_queued)
    : threads_(std::make_shared<thread_set>(threads)),
      queue_(std::make_shared<job_queue>()),
      most_queued_(most_queued),
      owns_threads_(true) {}

worker_pool::worker_pool(const worker_pool& other, std::size_t most_queued)
    : threads_(other.threads_),
      queue_(std::make_shared<job_queue>()),
      most_queued_(most_queued),
      owns_threads_(false) {}

worker_pool::~worker_pool() {
    if (owns_threads_) {
        threads_->stop();
    }
}

std::size_t worker_pool::queued() const noexcept {
    return queue_->jobs;
}

asio::any_io_executor worker_pool::executor() const {
    return threads_->jobs->get_executor();
}

worker_pool::thread_permit::thread_permit(
    std::shared_ptr<thread_set> threads, std::shared_ptr<job_queue> queue
)
    : threads_(std::move(threads)), queue_(std::move(queue)) {
    ++queue_->jobs;
}

worker_pool::thread_permit::~thread_permit() {
    --queue_->jobs;
    if (acquired_) {
        threads_->release_slot();
    }
}

asio::awaitable<void> worker_pool::thread_permit::acquire() {
    if (threads_->free_slots > 0) {
        --threads_->free_slots;
        acquired_ = true;
        co_return;
    }
    threads_->schedule(queue_);
    co_await queue_->waiting.wait(acquired_);
}

}  // namespace gateway::base
