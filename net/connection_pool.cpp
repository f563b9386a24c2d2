#include "net/connection_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace gateway::net {

namespace {

using clock = std::chrono::steady_clock;

}  // namespace

// One queued request. Its destructor leaves the queue, or releases a granted lease that was never
// used.
struct connection_pool::waiter {
    waiter(std::shared_ptr<connection_pool> p, ticket_id t)
        : pool(std::move(p)), ticket(t), wake(pool->loop_) {
        pool->waiters_.emplace(ticket, this);
    }
    ~waiter() {
        pool->waiters_.erase(ticket);
        pool->policy_.cancel(ticket);
        pool->report_usage();
    }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    std::shared_ptr<connection_pool> pool;
    ticket_id ticket;
    asio::steady_timer wake;  // at the deadline, or cancelled by the grant
    std::optional<lease> granted;
};

connection_pool::connection_pool(asio::any_io_executor loop, pool_limits limits, pool_probe* probe)
    : loop_(std::move(loop)), limits_(limits), policy_(limits), probe_(probe) {}

asio::awaitable<std::optional<connection_pool::lease>> connection_pool::acquire(
    sending how, steady_time deadline
) {
    const ticket_id ticket = ++last_ticket_;
    const pool_step step = policy_.acquire(ticket, how, clock::now());
    discard(step.discard);
    report_usage();
    if (step.what != pool_step::kind::wait) {
        co_return make_lease(step);
    }
    waiter self(shared_from_this(), ticket);
    self.wake.expires_at(deadline);
    co_await self.wake.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!self.granted && probe_ != nullptr) {
        probe_->acquire_timed_out();
    }
    co_return std::move(self.granted);
}

void connection_pool::close_idle() noexcept {
    discard(policy_.evict_idle());
    report_usage();
}

void connection_pool::report_usage() const {
    if (probe_ != nullptr) {
        probe_->pool_changed(
            {policy_.open_connections(), policy_.idle_connections(), policy_.waiting()}
        );
    }
}

void connection_pool::discard(const std::vector<connection_id>& connections) {
    for (const connection_id id : connections) {
        idle_.erase(id);
    }
}

connection_pool::lease connection_pool::make_lease(const pool_step& step) {
    stream_ptr stream;
    if (step.what == pool_step::kind::reuse) {
        auto found = idle_.extract(step.connection);
        stream = std::move(found.mapped());
    }
    return lease(shared_from_this(), step.connection, std::move(stream));
}

void connection_pool::release(connection_id connection, stream_ptr stream) {
    const steady_time now = clock::now();
    if (!stream) {
        policy_.on_closed(connection);
    } else if (policy_.release(connection, now)) {
        // The deadline of an idle stream closes it by itself when it is too old to be used again.
        stream->expires_at(now + limits_.idle);
        idle_.emplace(connection, std::move(stream));
    }
    serve_waiters();
    report_usage();
}

void connection_pool::serve_waiters() {
    while (auto grant = policy_.grant_next(clock::now())) {
        discard(grant->step.discard);
        waiter& first = *waiters_.at(grant->ticket);
        first.granted.emplace(make_lease(grant->step));
        first.wake.cancel();
    }
}

connection_pool::lease::lease(
    std::shared_ptr<connection_pool> pool, connection_id id, stream_ptr stream
)
    : pool_(std::move(pool)), id_(id), stream_(std::move(stream)), reused_(stream_ != nullptr) {}

connection_pool::lease::~lease() {
    if (pool_) {
        pool_->release(id_, keep_ ? std::move(stream_) : nullptr);
    }
}

}  // namespace gateway::net
