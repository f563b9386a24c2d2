#include "net/pool_policy.hpp"

#include <utility>

namespace gateway::net {

pool_step pool_policy::acquire(ticket_id ticket, bool prefer_fresh, time_point now) {
    pool_step step;
    if (queue_.empty()) {
        step = choose(prefer_fresh, now);
    }
    if (step.what == pool_step::kind::wait) {
        queue_.push_back({ticket, prefer_fresh});
    }
    return step;
}

pool_step pool_policy::choose(bool prefer_fresh, time_point now) {
    pool_step step;
    while (!idle_.empty() && now - idle_.front().since >= limits_.idle) {
        step.discard.push_back(take_oldest_idle());
    }
    if (!idle_.empty() && (!prefer_fresh || now - idle_.back().since <= limits_.fresh)) {
        step.what = pool_step::kind::reuse;
        step.connection = idle_.back().id;
        idle_.pop_back();
        ++leased_;
        return step;
    }
    if (open_connections() >= limits_.connections) {
        if (idle_.empty()) {
            return step;
        }
        step.discard.push_back(take_oldest_idle());
    }
    step.what = pool_step::kind::open;
    step.connection = ++last_id_;
    opened_.emplace(step.connection, now);
    ++leased_;
    return step;
}

connection_id pool_policy::take_oldest_idle() {
    const connection_id id = idle_.front().id;
    idle_.pop_front();
    opened_.erase(id);
    return id;
}

bool pool_policy::release(connection_id connection, time_point now) {
    if (now - opened_.at(connection) >= limits_.life) {
        on_closed(connection);
        return false;
    }
    --leased_;
    idle_.push_back({connection, now});
    return true;
}

void pool_policy::on_closed(connection_id connection) {
    --leased_;
    opened_.erase(connection);
}

std::optional<pool_policy::grant> pool_policy::grant_next(time_point now) {
    if (queue_.empty()) {
        return std::nullopt;
    }
    pool_step step = choose(queue_.front().prefer_fresh, now);
    if (step.what == pool_step::kind::wait) {
        return std::nullopt;
    }
    const ticket_id ticket = queue_.front().ticket;
    queue_.pop_front();
    return grant{ticket, std::move(step)};
}

void pool_policy::cancel(ticket_id ticket) {
    std::erase_if(queue_, [ticket](const waiter& w) { return w.ticket == ticket; });
}

std::vector<connection_id> pool_policy::evict_idle() {
    std::vector<connection_id> evicted;
    while (!idle_.empty()) {
        evicted.push_back(take_oldest_idle());
    }
    return evicted;
}

}  // namespace gateway::net
