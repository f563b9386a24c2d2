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
    // An idle connection of this age carries no further request.
    std::chrono::milliseconds idle{15'000};
    // Up to this age it is as good as new, see `prefer_fresh`.
    std::chrono::milliseconds fresh{1'000};
    // One opened so long ago is not kept, however busy: the next goes where the name leads by then.
    std::chrono::milliseconds life{300'000};
};

// What to do for one request.
struct pool_step {
    enum class kind { reuse, open, wait };

    kind what = kind::wait;
    connection_id connection = 0;  // which one to use, or the name of the one to open
    std::vector<connection_id>
        discard;  // idle ones to close first: too old, or in the way of a fresh one
};

// Decides which request gets which connection: the one used last first, so that the others can grow
// old and go; in order of arrival once there is a line. A pure value: told what happened and when,
// it says what to do. Invariant: idle + leased <= connections, and nobody stands in line while
// something is free.
class pool_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit pool_policy(pool_limits limits) : limits_(limits) {}

    // A request comes. On `wait` it stands in line under `ticket`. `prefer_fresh`: only a
    // connection that is new or came back within the last `fresh`.
    pool_step ask(ticket_id ticket, bool prefer_fresh, time_point now);
    // A leased connection is fit for another request. False: close it all the same, it is too old.
    bool returned(connection_id connection, time_point now);
    // A leased connection was closed, or could not be opened.
    void gone(connection_id connection);

    struct grant {
        ticket_id ticket;
        pool_step step;
    };
    // What the first in line gets now, if anything. Ask again until there is nothing.
    std::optional<grant> next(time_point now);
    // Somebody in line gives up.
    void leave(ticket_id ticket);
    // All idle connections, which the caller closes.
    std::vector<connection_id> drop_idle();

    std::size_t open_connections() const noexcept { return idle_.size() + leased_; }
    std::size_t idle_connections() const noexcept { return idle_.size(); }
    std::size_t waiting() const noexcept { return line_.size(); }

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
    std::deque<waiter> line_;
    std::size_t leased_ = 0;
    std::map<connection_id, time_point> opened_;
    connection_id last_id_ = 0;
};

}  // namespace gateway::net
