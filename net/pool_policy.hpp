#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace gateway::net {

using connection_id = std::uint64_t;
using ticket_id = std::uint64_t;

struct pool_limits {
    std::size_t connections = 32;
    // A connection that has been idle for this long carries no further request.
    std::chrono::milliseconds idle{15'000};
    // Up to this idle time a connection counts as fresh, see `prefer_fresh`.
    std::chrono::milliseconds fresh{1'000};
    // A connection of this age is not kept, however busy: its successor follows a changed name.
    std::chrono::milliseconds life{300'000};
};

// The decision for one request.
struct pool_step {
    enum class kind { reuse, open, wait };

    kind what = kind::wait;
    connection_id connection = 0;  // the one to use, or the id of the one to open
    // Idle connections to close first: too old, or in the way of a fresh one.
    std::vector<connection_id> discard;
};

// Decides which request gets which connection: the one used last first, so that the others expire;
// requests are served in order of arrival once they queue. A pure value: events and the time go in,
// decisions come out. Invariants: idle + leased <= connections, and no request is queued while a
// connection is free.
class pool_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit pool_policy(pool_limits limits) : limits_(limits) {}

    // A request needs a connection. On `wait` it is queued under `ticket`. `prefer_fresh`: only a
    // connection that is new or was released within the last `fresh`.
    pool_step acquire(ticket_id ticket, bool prefer_fresh, time_point now);
    // A leased connection may carry another request. False: it is too old and must be closed.
    bool release(connection_id connection, time_point now);
    // A leased connection was closed, or could not be opened.
    void on_closed(connection_id connection);

    struct grant {
        ticket_id ticket;
        pool_step step;
    };
    // Takes the first request off the queue if a connection is free for it. To be called until
    // nothing is granted.
    std::optional<grant> grant_next(time_point now);
    // A queued request has given up.
    void cancel(ticket_id ticket);
    // Removes all idle connections, which the caller closes.
    std::vector<connection_id> evict_idle();

    std::size_t open_connections() const noexcept { return idle_.size() + leased_; }
    std::size_t idle_connections() const noexcept { return idle_.size(); }
    std::size_t waiting() const noexcept { return queue_.size(); }

private:
    struct idle_connection {
        connection_id id;
        time_point since;
    };
    struct waiter {
        ticket_id ticket;
        bool prefer_fresh;
    };

    pool_step choose(bool prefer_fresh, time_point now);
    connection_id take_oldest_idle();

    pool_limits limits_;
    std::deque<idle_connection> idle_;  // the oldest in front
    std::deque<waiter> queue_;
    std::size_t leased_ = 0;
    std::map<connection_id, time_point> opened_;
    connection_id last_id_ = 0;
};

}  // namespace gateway::net
