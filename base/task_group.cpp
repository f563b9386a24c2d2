#include "base/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>

namespace gateway::base {

task_group::task_group(asio::any_io_executor loop, on_failure failed)
    : loop_(std::move(loop)), empty_(loop_), failed_(std::move(failed)) {}

task_group::~task_group() = default;

void task_group::spawn(asio::awaitable<void> task) {
    ++running_;
    asio::co_spawn(loop_, std::move(task), [this](std::exception_ptr error) { ended(error); });
}

asio::awaitable<bool> task_group::wait_empty(std::chrono::steady_clock::time_point limit) {
    if (running_ == 0) {
        co_return true;
    }
    empty_.expires_at(limit);
    co_await empty_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return running_ == 0;
}

void task_group::ended(const std::exception_ptr& error) {
    if (error && failed_) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            failed_(e);
        } catch (...) {
            failed_(std::runtime_error("an exception of unknown type"));
        }
    }
    if (--running_ == 0) {
        empty_.cancel();
    }
}

}  // namespace gateway::base
