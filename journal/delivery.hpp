#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace gateway::journal {

// Results delivered before the loop looks at its sockets and timers again: a resumed coroutine may
// run for long.
inline constexpr std::size_t results_per_turn = 8;

// Calls `deliver(job)` for each job in order, a few in each turn of the loop. On the loop.
template <class Job, class Deliver>
void deliver_in_turns(
    const boost::asio::any_io_executor& loop,
    const std::shared_ptr<std::vector<Job>>& jobs,
    Deliver deliver,
    std::size_t next = 0
) {
    const auto end = std::min(jobs->size(), next + results_per_turn);
    while (next < end) {
        deliver((*jobs)[next++]);
    }
    if (next < jobs->size()) {
        boost::asio::post(loop, [loop, jobs, deliver, next] {
            deliver_in_turns(loop, jobs, deliver, next);
        });
    }
}

// Takes results to the loop, where `deliver(job)` is called for each. The writer's thread.
template <class Job, class Deliver>
void post_results(
    const boost::asio::any_io_executor& loop, std::vector<Job> done, Deliver deliver
) {
    auto results = std::make_shared<std::vector<Job>>(std::move(done));
    boost::asio::post(loop, [loop, results = std::move(results), deliver] {
        deliver_in_turns(loop, results, deliver);
    });
}

}  // namespace gateway::journal
