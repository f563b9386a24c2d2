#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/token_bucket.hpp"

namespace gateway::net {

using connection_id = std::uint64_t;
using ticket_id = std::uint64_t;

struct pool_limits {
    std::size_t connections = 32;
    // A connection that has been idle for this long carries no further request.
    std::chrono::milliseconds idle{15'000};
    // A server, or a proxy in front of it, that answers twice does so within milliseconds. A
    // connection that has been idle for this long shows the second answer, so that its next request
    // is not taken for answered by it. Longer than packets of one connection are apart, and short
    // enough that the connections of a busy account reach it.
    std::chrono::milliseconds settled{100};
    // Up to this idle time no server closes a connection, see `once`.
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

// Whether a request may go out twice, and so which connection suits it.
enum class sending : std::uint8_t {
    repeatable,  // the connection used last among the settled ones, so that the others expire
    // One that is neither about to be closed by the server nor carries a second answer: settled and
    // not older than `fresh`, the longest idle first; without one a new one. When no more may be
    // open, a new one replaces the one used last, but only `replacements_per_second`, so that a
    // busy account keeps its connections; beyond that the longest idle.
    once,
};

// Decides which request gets which connection; requests are served in order of arrival once they
// queue. A pure value: events and the time go in, decisions come out. Invariants: idle + leased <=
// connections, and no request is queued while a connection is free.
class pool_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit pool_policy(pool_limits limits) : limits_(limits) {}

    // A request needs a connection. On `wait` it is queued under `ticket`.
    pool_step acquire(ticket_id ticket, sending how, time_point now);
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
    static constexpr double replacements_per_second = 10;

    struct idle_connection {
        connection_id id;
        time_point since;
    };
    struct waiter {
        ticket_id ticket;
        sending how;
    };

    pool_step choose(sending how, time_point now);
    std::optional<std::size_t> best_idle(sending how, time_point now) const;
    pool_step reuse(std::size_t idle, pool_step step);
    connection_id take_idle(std::size_t index);
    connection_id take_oldest_idle() { return take_idle(0); }

    pool_limits limits_;
    std::deque<idle_connection> idle_;  // the oldest in front
    std::deque<waiter> queue_;
    std::size_t leased_ = 0;
    std::map<connection_id, time_point> opened_;
    connection_id last_id_ = 0;
    base::token_bucket replacements_{replacements_per_second};
};

}  // namespace gateway::net
