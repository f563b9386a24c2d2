#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "journal/sqlite/database.hpp"
#include "redemption/journal.hpp"

// An awaited call of the loop that runs on a thread with a connection.

namespace gateway::journal {

namespace asio = boost::asio;

template <class Store>
class operation {
public:
    virtual ~operation() = default;
    // On the thread: runs the work and keeps its result. An error is also returned, so that the
    // caller can undo.
    virtual std::optional<db_error> perform(Store& store) = 0;
    // On the thread: replaces the result with this error.
    virtual void fail(const redemption::journal_error& why) = 0;
    // After fail(): whether the error still is in doubt.
    virtual void set_doubt(bool in_doubt) = 0;
    // On the loop, once: resumes the awaiting coroutine.
    virtual void deliver() = 0;
    // Whether it does no harm to find it after it was answered as failed.
    virtual bool harmless() const noexcept = 0;
};

template <class Store>
using operations = std::vector<std::unique_ptr<operation<Store>>>;

template <class Store, class T, class Work>
class awaited_operation final : public operation<Store> {
public:
    using handler = asio::any_completion_handler<void(redemption::journal_result<T>)>;

    template <class H>
    awaited_operation(Work work, H&& resume)
        : work_(std::move(work)), resume_(std::forward<H>(resume)) {}

    std::optional<db_error> perform(Store& store) override {
        db_result<T> done = work_(store);
        if (!done) {
            fail({done.error().shown()});
            return done.error();
        }
        if constexpr (std::is_void_v<T>) {
            result_.emplace();
        } else {
            result_.emplace(std::move(*done));
        }
        return std::nullopt;
    }
    void fail(const redemption::journal_error& why) override { result_.emplace(why); }
    void set_doubt(bool in_doubt) override { fail({result_->error().reason, in_doubt}); }
    void deliver() override { std::move(resume_)(std::move(*result_)); }
    bool harmless() const noexcept override {
        return requires { typename Work::harmless; };
    }

private:
    Work work_;
    handler resume_;
    std::optional<redemption::journal_result<T>> result_;
};

// Suspends the calling coroutine until `work(store)` has run on the thread of `queue` and its
// result is delivered. `queue` takes the operation by push() and must outlive the wait.
template <class Store, class T, class Queue, class Work>
asio::awaitable<redemption::journal_result<T>> run_on(Queue& queue, Work work) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(redemption::journal_result<T>)>(
        [&queue](auto resume, Work job) {
            queue.push(std::make_unique<awaited_operation<Store, T, Work>>(
                std::move(job), std::move(resume)
            ));
        },
        asio::use_awaitable,
        std::move(work)
    );
}

}  // namespace gateway::journal
