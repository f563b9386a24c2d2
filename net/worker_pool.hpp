#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace gateway::net {

namespace asio = boost::asio;

// Threads for what would hold up the loop (RSA). A job takes values and returns a value; whoever
// awaits it goes on on its own executor. The threads give way to the loop where they share a
// processor. run() and try_run() on the loop thread only.
class worker_pool {
public:
    // `most_queued`: jobs begun or waiting beyond which try_run() refuses.
    worker_pool(std::size_t threads, std::size_t most_queued);
    // Jobs under way end; those that wait never run.
    ~worker_pool();
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    // Nothing if the queue is full; then the job has not run.
    template <class T>
    asio::awaitable<std::optional<T>> try_run(asio::awaitable<T> job) {
        if (*queued_ >= most_queued_) {
            co_return std::nullopt;
        }
        std::optional<T> result(co_await run(std::move(job)));
        co_return result;
    }

    // Waits its turn however many stand before it: for what must not be given up.
    template <class T>
    asio::awaitable<T> run(asio::awaitable<T> job) {
        const place one(queued_);
        auto result =
            co_await asio::co_spawn(jobs_.get_executor(), std::move(job), asio::use_awaitable);
        co_return result;
    }

    std::size_t queued() const noexcept { return *queued_; }

private:
    // Counts a job for as long as somebody awaits it. That may be longer than the pool lives: the
    // counter is shared.
    class place {
    public:
        explicit place(std::shared_ptr<std::size_t> queued) : queued_(std::move(queued)) {
            ++*queued_;
        }
        ~place() { --*queued_; }
        place(const place&) = delete;
        place& operator=(const place&) = delete;

    private:
        std::shared_ptr<std::size_t> queued_;
    };

    asio::io_context jobs_;
    asio::executor_work_guard<asio::io_context::executor_type> open_;
    std::size_t most_queued_;
    std::shared_ptr<std::size_t> queued_ = std::make_shared<std::size_t>(0);
    std::vector<std::thread> threads_;
};

}  // namespace gateway::net
