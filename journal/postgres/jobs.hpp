#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "journal/postgres/record_store.hpp"

// Awaited calls of the loop as data, so that many of one kind can be written by one statement.

namespace gateway::journal::postgres {

namespace asio = boost::asio;

class confirmed_tail;

// The answer of one call: made on the writer's thread, delivered on the loop.
template <class T>
class reply {
public:
    using result = redemption::journal_result<T>;
    using handler = asio::any_completion_handler<void(result)>;

    reply() = default;
    explicit reply(handler resume) : resume_(std::move(resume)) {}

    // Whether it has an answer.
    bool is_done() const noexcept { return result_.has_value(); }
    // The answer, unless there is none yet or it is an error.
    const T* peek() const noexcept { return result_ && *result_ ? &**result_ : nullptr; }
    void set(result value) { result_.emplace(std::move(value)); }
    void fail(const redemption::journal_error& why) { result_.emplace(why); }
    // On the loop, once: resumes the awaiting coroutine.
    void deliver() { std::move(resume_)(std::move(*result_)); }

private:
    handler resume_;
    std::optional<result> result_;
};

struct accept_job {
    redemption::record wish;
    std::optional<redemption::attempt> first;
    reply<redemption::accept_outcome> answer{};

    auto perform(record_store& on) const { return on.accept(wish, first); }
};
struct restart_job {
    redemption::record wish;
    std::optional<redemption::attempt> first;
    reply<redemption::accept_outcome> answer{};

    auto perform(record_store& on) const { return on.restart(wish, first); }
};
struct start_job {
    redemption::redemption_id id;
    redemption::attempt started;
    reply<redemption::start_outcome> answer{};

    auto perform(record_store& on) const { return on.start_attempt(id, started); }
};
struct settle_job {
    redemption::settlement what;
    reply<redemption::settle_outcome> answer{};

    auto perform(record_store& on) const { return on.settle(what); }
};
struct decide_job {
    redemption::settlement what;
    redemption::time_point seen;
    reply<redemption::decide_outcome> answer{};

    auto perform(record_store& on) const { return on.decide(what, seen); }
};

// A call that is never part of a batch.
class other_call {
public:
    virtual ~other_call() = default;
    virtual std::optional<write_error> perform(record_store& on) = 0;
    virtual bool is_done() const noexcept = 0;
    virtual void fail(const redemption::journal_error& why) = 0;
    virtual void deliver() = 0;
};
template <class T, class Work>
class other_call_of final : public other_call {
public:
    other_call_of(Work work, reply<T> answer)
        : work_(std::move(work)), answer_(std::move(answer)) {}

    std::optional<write_error> perform(record_store& on) override {
        write_result<T> done = work_(on);
        if (!done) {
            return done.error();
        }
        if constexpr (std::is_void_v<T>) {
            answer_.set(redemption::journal_result<T>());
        } else {
            answer_.set(std::move(*done));
        }
        return std::nullopt;
    }
    bool is_done() const noexcept override { return answer_.is_done(); }
    void fail(const redemption::journal_error& why) override { answer_.fail(why); }
    void deliver() override { answer_.deliver(); }

private:
    Work work_;
    reply<T> answer_;
};
struct other_terms {
    // Nothing that its caller must know depends on whether it was written: it is answered rather
    // than held when it is in doubt.
    bool harmless = false;
    // It waits like what begins something: begins_anew().
    bool waits = false;
    // Called on the writer's thread when it was done.
    std::function<void(confirmed_tail&)> on_done{};
};
struct other_job {
    std::unique_ptr<other_call> call;
    other_terms terms{};
};

using job = std::variant<accept_job, restart_job, start_job, settle_job, decide_job, other_job>;
using job_ptr = std::unique_ptr<job>;
using jobs = std::vector<job_ptr>;

// Does the job in a transaction of its own and keeps its answer.
std::optional<write_error> perform(job& one, record_store& on);
bool is_done(const job& one) noexcept;
void fail(job& one, const redemption::journal_error& why);
void deliver(job& one);
bool is_harmless(const job& one) noexcept;
// Whether it may do once more what another process has done and a new server lacks.
bool begins_anew(const job& one) noexcept;

// Suspends the calling coroutine until the job, made by `make(reply)`, has its answer. `queue`
// takes it by push() and must outlive the wait.
template <class T, class Queue, class Make>
asio::awaitable<redemption::journal_result<T>> run_on(Queue& queue, Make make) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(redemption::journal_result<T>)>(
        [&queue](auto resume, Make maker) {
            queue.push(std::make_unique<job>(maker(reply<T>(std::move(resume)))));
        },
        asio::use_awaitable,
        std::move(make)
    );
}

}  // namespace gateway::journal::postgres
