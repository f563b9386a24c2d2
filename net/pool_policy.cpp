#include "net/pool_policy.hpp"

#include <algorithm>
#include <utility>

namespace gateway::net {

pool_step pool_policy::acquire(ticket_id ticket, sending how, time_point now) {
    pool_step step;
    if (queue_.empty()) {
        step = choose(how, now);
    }
    if (step.what == pool_step::kind::wait) {
        queue_.push_back({ticket, how});
    }
    return step;
}

pool_step pool_policy::choose(sending how, time_point now) {
    pool_step step;
    while (!idle_.empty() && now - idle_.front().since >= limits_.idle) {
        step.discard.push_back(take_oldest_idle());
    }
    if (const auto best = best_idle(how, now)) {
        return reuse(*best, std::move(step));
    }
    if (open_connections() >= limits_.connections) {
        if (idle_.empty()) {
            return step;
        }
        const bool none_is_old = now - idle_.front().since <= limits_.fresh;
        if (none_is_old && replacements_.take(now) > base::token_bucket::span(0)) {
            return reuse(0, std::move(step));
        }
        // The others go on settling.
        step.discard.push_back(take_idle(none_is_old ? idle_.size() - 1 : 0));
    }
    step.what = pool_step::kind::open;
    step.connection = ++last_id_;
    opened_.emplace(step.connection, now);
    ++leased_;
    return step;
}

// The index of the idle connection that suits best; nothing: a new one is better.
std::optional<std::size_t> pool_policy::best_idle(sending how, time_point now) const {
    const auto idle_for = [now](const idle_connection& one) {
        return now - one.since;
    };
    const auto unsettled = std::ranges::find_if(idle_, [&](const idle_connection& one) {
        return idle_for(one) < limits_.settled;
    });
    const auto settled = static_cast<std::size_t>(unsettled - idle_.begin());
    if (how == sending::repeatable) {
        // Without a settled one the first, which has been silent for longest.
        return idle_.empty() ? std::nullopt : std::optional(settled > 0 ? settled - 1 : 0);
    }
    for (std::size_t i = 0; i < settled; ++i) {
        if (idle_for(idle_[i]) <= limits_.fresh) {
            return i;
        }
    }
    return std::nullopt;
}

pool_step pool_policy::reuse(std::size_t idle, pool_step step) {
    const auto chosen = idle_.begin() + static_cast<std::ptrdiff_t>(idle);
    step.what = pool_step::kind::reuse;
    step.connection = chosen->id;
    idle_.erase(chosen);
    ++leased_;
    return step;
}

connection_id pool_policy::take_idle(std::size_t index) {
    const auto taken = idle_.begin() + static_cast<std::ptrdiff_t>(index);
    const connection_id id = taken->id;
    idle_.erase(taken);
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
    pool_step step = choose(queue_.front().how, now);
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
