#include "net/connection_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace gateway::net {

namespace {

using clock = std::chrono::steady_clock;

}  // namespace

// One request in line. Its destructor leaves the line, or gives back what was granted and never
// picked up.
struct connection_pool::waiter {
    waiter(std::shared_ptr<connection_pool> p, ticket_id t)
        : pool(std::move(p)), ticket(t), granted(pool->loop_) {
        pool->waiters_.emplace(ticket, this);
    }
    ~waiter() {
        pool->waiters_.erase(ticket);
        pool->policy_.leave(ticket);
        pool->tell_usage();
    }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    std::shared_ptr<connection_pool> pool;
    ticket_id ticket;
    asio::steady_timer granted;
    std::optional<lease> got;
};

connection_pool::connection_pool(asio::any_io_executor loop, pool_limits limits, pool_probe* probe)
    : loop_(std::move(loop)), limits_(limits), policy_(limits), probe_(probe) {}

asio::awaitable<std::optional<connection_pool::lease>> connection_pool::acquire(
    bool prefer_fresh, steady_time deadline
) {
    const ticket_id ticket = ++last_ticket_;
    const pool_step step = policy_.ask(ticket, prefer_fresh, clock::now());
    discard(step.discard);
    tell_usage();
    if (step.what != pool_step::kind::wait) {
        co_return make_lease(step);
    }
    waiter self(shared_from_this(), ticket);
    self.granted.expires_at(deadline);
    co_await self.granted.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!self.got && probe_ != nullptr) {
        probe_->acquire_timed_out();
    }
    co_return std::move(self.got);
}

void connection_pool::close_idle() noexcept {
    discard(policy_.drop_idle());
    tell_usage();
}

void connection_pool::tell_usage() const {
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

void connection_pool::give_back(connection_id connection, stream_ptr stream) {
    const steady_time now = clock::now();
    if (!stream) {
        policy_.gone(connection);
    } else if (policy_.returned(connection, now)) {
        // Nobody looks at an idle connection; its own deadline closes it when it is too old to be
        // used again.
        stream->expires_at(now + limits_.idle);
        idle_.emplace(connection, std::move(stream));
    }
    serve_line();
    tell_usage();
}

void connection_pool::serve_line() {
    while (auto grant = policy_.next(clock::now())) {
        discard(grant->step.discard);
        waiter& first = *waiters_.at(grant->ticket);
        first.got.emplace(make_lease(grant->step));
        first.granted.cancel();
    }
}

connection_pool::lease::lease(
    std::shared_ptr<connection_pool> pool, connection_id id, stream_ptr stream
)
    : pool_(std::move(pool)), id_(id), stream_(std::move(stream)), reused_(stream_ != nullptr) {}

connection_pool::lease::~lease() {
    if (pool_) {
        pool_->give_back(id_, keep_ ? std::move(stream_) : nullptr);
    }
}

}  // namespace gateway::net
