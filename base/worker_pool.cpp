#include "base/worker_pool.hpp"

#include <pthread.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <thread>
#include <vector>

#include "base/thread_priority.hpp"

namespace gateway::base {

namespace {

// Jobs handed to a thread ahead of time: enough that it need not wait for the loop (a signature
// takes a third of a millisecond), few enough that another pool's job is not far behind them.
constexpr std::size_t handed_to_each = 8;

}  // namespace

struct worker_pool::line {
    std::size_t queued = 0;
    std::deque<waiter*> waiting;
};

struct worker_pool::crew {
    explicit crew(std::size_t threads)
        : jobs(std::make_unique<asio::io_context>(static_cast<int>(threads))),
          open(asio::make_work_guard(*jobs)),
          room(threads * handed_to_each) {
        for (std::size_t i = 0; i < threads; ++i) {
            workers.emplace_back([this] {
                give_way(rank::single_work);
                ::pthread_setname_np(::pthread_self(), "worker");
                while (jobs->run_one() > 0) {
                    // Linux would look again who goes first only at its next tick, 4 ms on.
                    std::this_thread::yield();
                }
            });
        }
    }

    // Who waits is not called any more. The jobs go here: they hold those who await them, who hold
    // the crew.
    void stop() {
        stopped = true;
        jobs->stop();
        workers.clear();
        open.reset();
        jobs.reset();
    }

    void pass_on();

    std::unique_ptr<asio::io_context> jobs;
    asio::executor_work_guard<asio::io_context::executor_type> open;
    std::vector<std::jthread> workers;
    std::size_t room;
    std::deque<line*> in_turn;  // lines in which somebody waits, each once
    bool stopped = false;
};

// Stands in the frame of the place that waits.
struct worker_pool::waiter {
    waiter(const asio::any_io_executor& loop, crew& with, line& in, bool& up)
        : called(loop, asio::steady_timer::time_point::max()), crew_(with), line_(in), up_(up) {
        if (line_.waiting.empty()) {
            crew_.in_turn.push_back(&line_);
        }
        line_.waiting.push_back(this);
    }
    ~waiter() {
        if (!up_) {
            std::erase(line_.waiting, this);
            if (line_.waiting.empty()) {
                std::erase(crew_.in_turn, &line_);
            }
        }
    }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    void call() {
        up_ = true;
        called.cancel();
    }

    asio::steady_timer called;

private:
    crew& crew_;
    line& line_;
    bool& up_;
};

// There is room for one job more: the first of the next line takes it.
void worker_pool::crew::pass_on() {
    if (in_turn.empty() || stopped) {
        ++room;
        return;
    }
    line* const next = in_turn.front();
    in_turn.pop_front();
    waiter* const first = next->waiting.front();
    next->waiting.pop_front();
    if (!next->waiting.empty()) {
        in_turn.push_back(next);
    }
    first->call();
}

worker_pool::worker_pool(std::size_t threads, std::size_t most_queued)
    : crew_(std::make_shared<crew>(threads)),
      line_(std::make_shared<line>()),
      most_queued_(most_queued),
      owns_threads_(true) {}

worker_pool::worker_pool(const worker_pool& other, std::size_t most_queued)
    : crew_(other.crew_),
      line_(std::make_shared<line>()),
      most_queued_(most_queued),
      owns_threads_(false) {}

worker_pool::~worker_pool() {
    if (owns_threads_) {
        crew_->stop();
    }
}

std::size_t worker_pool::queued() const noexcept {
    return line_->queued;
}

asio::any_io_executor worker_pool::executor() const {
    return crew_->jobs->get_executor();
}

worker_pool::place::place(std::shared_ptr<crew> with, std::shared_ptr<line> in)
    : crew_(std::move(with)), line_(std::move(in)) {
    ++line_->queued;
}

worker_pool::place::~place() {
    --line_->queued;
    if (up_) {
        crew_->pass_on();
    }
}

asio::awaitable<void> worker_pool::place::come_up() {
    if (crew_->room > 0) {
        --crew_->room;
        up_ = true;
        co_return;
    }
    waiter self(co_await asio::this_coro::executor, *crew_, *line_, up_);
    while (!up_) {
        co_await self.called.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace gateway::base
