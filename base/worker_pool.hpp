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

// Threads for what would hold up the loop (RSA). A job takes values and returns a value; whoever
// awaits it goes on on its own executor. The threads give way to the loop where they share a
// processor. Several pools may share their threads and take turns job by job, so that however many
// wait in one, another's job is soon done. run() and try_run() on the loop thread only.
class worker_pool {
public:
    // `most_queued`: jobs begun or waiting beyond which try_run() refuses.
    worker_pool(std::size_t threads, std::size_t most_queued);
    // With the threads of `other`, which must outlive this.
    worker_pool(const worker_pool& other, std::size_t most_queued);
    // With its threads: jobs under way end; those that wait never run.
    ~worker_pool();
    worker_pool& operator=(const worker_pool&) = delete;

    // Nothing if the queue is full; then the job has not run.
    template <class T>
    asio::awaitable<std::optional<T>> try_run(asio::awaitable<T> job) {
        if (queued() >= most_queued_) {
            co_return std::nullopt;
        }
        std::optional<T> result(co_await run(std::move(job)));
        co_return result;
    }

    // Waits its turn however many stand before it: for what must not be given up.
    template <class T>
    asio::awaitable<T> run(asio::awaitable<T> job) {
        place one(crew_, line_);
        co_await one.come_up();
        auto result = co_await asio::co_spawn(executor(), std::move(job), asio::use_awaitable);
        co_return result;
    }

    std::size_t queued() const noexcept;

private:
    struct crew;    // the threads, and whose turn it is
    struct line;    // of one pool
    struct waiter;  // in a line

    // A job, for as long as somebody awaits it. That may be longer than the pool lives: what it
    // holds is shared.
    class place {
    public:
        place(std::shared_ptr<crew> with, std::shared_ptr<line> in);
        ~place();
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        // Until the threads have room for it.
        asio::awaitable<void> come_up();

    private:
        std::shared_ptr<crew> crew_;
        std::shared_ptr<line> line_;
        bool up_ = false;
    };

    asio::any_io_executor executor() const;

    std::shared_ptr<crew> crew_;
    std::shared_ptr<line> line_;
    std::size_t most_queued_;
    bool owns_threads_;
};

}  // namespace gateway::base
