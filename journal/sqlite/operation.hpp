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

// One awaited call on its way from the loop to a thread with a connection and back.

namespace gateway::journal {

namespace asio = boost::asio;

template <class Store>
class operation {
public:
    virtual ~operation() = default;
    // On the thread: does the work and keeps the result. An error is kept too and told to the
    // caller, who undoes.
    virtual std::optional<db_error> perform(Store& store) = 0;
    // On the thread: whatever came out before, this is the answer now.
    virtual void fail(const redemption::journal_error& why) = 0;
    // On the loop, once: resumes who waits.
    virtual void deliver() = 0;
};

template <class Store>
using operations = std::vector<std::unique_ptr<operation<Store>>>;

template <class Store, class T, class Work>
class awaited_operation final : public operation<Store> {
public:
    using handler = asio::any_completion_handler<void(redemption::journal_result<T>)>;

    template <class H>
    awaited_operation(Work work, H&& waiting)
        : work_(std::move(work)), waiting_(std::forward<H>(waiting)) {}

    std::optional<db_error> perform(Store& store) override {
        db_result<T> done = work_(store);
        if (!done) {
            fail({done.error().reason});
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
    void deliver() override { std::move(waiting_)(std::move(*result_)); }

private:
    Work work_;
    handler waiting_;
    std::optional<redemption::journal_result<T>> result_;
};

// Suspends the calling coroutine until `work(store)` has run on the thread behind `queue` and its
// result was delivered. `queue.push` takes the operation; it must outlive the wait.
template <class Store, class T, class Queue, class Work>
asio::awaitable<redemption::journal_result<T>> run_on(Queue& queue, Work work) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(redemption::journal_result<T>)>(
        [&queue](auto waiting, Work job) {
            queue.push(std::make_unique<awaited_operation<Store, T, Work>>(
                std::move(job), std::move(waiting)
            ));
        },
        asio::use_awaitable,
        std::move(work)
    );
}

}  // namespace gateway::journal
