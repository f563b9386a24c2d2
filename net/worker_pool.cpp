#include "net/worker_pool.hpp"

#include <pthread.h>

#include "net/scheduling.hpp"

namespace gateway::net {

worker_pool::worker_pool(std::size_t threads, std::size_t most_queued)
    : jobs_(static_cast<int>(threads)),
      open_(asio::make_work_guard(jobs_)),
      most_queued_(most_queued) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] {
            give_way();
            ::pthread_setname_np(::pthread_self(), "worker");
            jobs_.run();
        });
    }
}

worker_pool::~worker_pool() {
    jobs_.stop();
    for (auto& thread : threads_) {
        thread.join();
    }
}

}  // namespace gateway::net
