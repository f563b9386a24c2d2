#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace gateway::base {

namespace asio = boost::asio;

// Threads for computations that would block the loop (RSA). A job takes values and returns a value;
// the coroutine that awaits it resumes on its own executor. The threads have a lower priority than
// the loop. Several pools may share their threads, which then take one job of each pool in turn, so
// that a long queue of one pool does not delay the jobs of another. An exception of a job reaches
// the awaiting coroutine. run() and try_run() on the loop thread only.
class worker_pool {
public:
    // `most_queued`: try_run() refuses a job when so many are running or queued.
    worker_pool(std::size_t threads, std::size_t most_queued);
    // Shares the threads of `other`, which must outlive this pool.
    worker_pool(const worker_pool& other, std::size_t most_queued);
    // If the pool owns the threads: running jobs end, queued jobs never run.
    ~worker_pool();
    worker_pool& operator=(const worker_pool&) = delete;

    // Nothing if the queue is full; the job has not run then.
    template <class T>
    asio::awaitable<std::optional<T>> try_run(asio::awaitable<T> job) {
        if (queued() >= most_queued_) {
            co_return std::nullopt;
        }
        std::optional<T> result(co_await run(std::move(job)));
        co_return result;
    }

    // Queues the job whatever the bound: for work that must not be refused.
    template <class T>
    asio::awaitable<T> run(asio::awaitable<T> job) {
        thread_permit permit(threads_, queue_);
        co_await permit.acquire();
        auto result = co_await asio::co_spawn(executor(), std::move(job), asio::use_awaitable);
        co_return result;
    }

    // Running and queued jobs of this pool.
    std::size_t queued() const noexcept;

private:
    struct thread_set;  // the threads and their free slots
    struct job_queue;   // of one pool

    // The right of one job to run; released when its coroutine has the result. The coroutine may
    // outlive the pool, so that threads and queue are shared.
    class thread_permit {
    public:
        thread_permit(std::shared_ptr<thread_set> threads, std::shared_ptr<job_queue> queue);
        ~thread_permit();
        thread_permit(const thread_permit&) = delete;
        thread_permit& operator=(const thread_permit&) = delete;
        // Waits until the threads have a slot for the job. The slot is the permit's from the moment
        // of its release by another.
        asio::awaitable<void> acquire();

    private:
        std::shared_ptr<thread_set> threads_;
        std::shared_ptr<job_queue> queue_;
        bool acquired_ = false;
    };

    asio::any_io_executor executor() const;

    std::shared_ptr<thread_set> threads_;
    std::shared_ptr<job_queue> queue_;
    std::size_t most_queued_;
    bool owns_threads_;
};

}  // namespace gateway::base
