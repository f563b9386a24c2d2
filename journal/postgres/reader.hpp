#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "journal/batch_thread.hpp"
#include "journal/postgres/connection.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal::postgres {

namespace asio = boost::asio;

// Runs questions, and the renewals of the lease, on a thread and a session of its own, so that they
// wait for no batch of the writer. Each question sees what was committed before it was pushed. A
// session that was lost is replaced, and the question asked again.
class reader {
public:
    using opener = std::function<pg_outcome<connection>()>;

    // Takes over an open session. `open` runs on the reader's thread.
    reader(asio::any_io_executor loop, connection on, opener open);
    ~reader();
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    // Suspends until `work(session)`, a pg_outcome<T>, has run on the thread. Loop thread.
    template <class T, class Work>
    asio::awaitable<redemption::journal_result<T>> ask(Work work);
    // Answers what waits, then joins; later questions are answered with an error.
    void stop();

private:
    class question {
    public:
        virtual ~question() = default;
        // False: the session was lost, so that the answer may be another one on a fresh one.
        virtual bool perform(connection& on) = 0;
        virtual void fail(const redemption::journal_error& why) = 0;
        virtual void deliver() = 0;  // on the loop, once
    };
    template <class T, class Work>
    class awaited_question;
    using question_ptr = std::unique_ptr<question>;

    void push(question_ptr one);
    void run(std::vector<question_ptr> all);
    std::optional<pg_error> connect();

    const asio::any_io_executor loop_;
    const opener open_;
    std::optional<connection> on_;
    batch_thread<question_ptr> thread_;  // last: its thread uses all of the above
};

template <class T, class Work>
class reader::awaited_question final : public reader::question {
public:
    template <class H>
    awaited_question(Work work, H&& resume)
        : work_(std::move(work)), resume_(std::forward<H>(resume)) {}

    bool perform(connection& on) override {
        pg_outcome<T> done = work_(on);
        if (!done) {
            fail({done.error().shown()});
            return on.is_usable();
        }
        if constexpr (std::is_void_v<T>) {
            result_.emplace();
        } else {
            result_.emplace(std::move(*done));
        }
        return true;
    }
    void fail(const redemption::journal_error& why) override { result_.emplace(why); }
    void deliver() override { std::move(resume_)(std::move(*result_)); }

private:
    Work work_;
    asio::any_completion_handler<void(redemption::journal_result<T>)> resume_;
    std::optional<redemption::journal_result<T>> result_;
};

template <class T, class Work>
asio::awaitable<redemption::journal_result<T>> reader::ask(Work work) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(redemption::journal_result<T>)>(
        [this](auto resume, Work job) {
            push(std::make_unique<awaited_question<T, Work>>(std::move(job), std::move(resume)));
        },
        asio::use_awaitable,
        std::move(work)
    );
}

}  // namespace gateway::journal::postgres
