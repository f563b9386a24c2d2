#include "redemption/rules/account_queue.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {

void account_queue::join(account_ticket& ticket, const method_name& method) {
    if (ticket.arrival_ == 0) {
        ticket.arrival_ = ++arrivals_;
    }
    if (!ticket.fifo_) {
        ticket.fifo_ = index_of(method);
        ++fifos_[*ticket.fifo_].size;
    }
}

void account_queue::count(account_ticket& ticket) {
    if (!std::exchange(ticket.counted_, true)) {
        ++fifos_[*ticket.fifo_].waiting;
    }
}

void account_queue::ask(account_ticket& ticket) {
    if (std::exchange(ticket.asking_, true)) {
        return;
    }
    auto& fifo = fifos_[*ticket.fifo_];
    const auto at = static_cast<std::ptrdiff_t>(position_in(fifo, ticket));
    fifo.asked.insert(
        fifo.asked.begin() + at,
        asking{.arrival = ticket.arrival_, .who = ticket.owner_, .replay_safe = ticket.replay_safe_}
    );
}

bool account_queue::yield_position(account_ticket& ticket) {
    if (!std::exchange(ticket.asking_, false)) {
        return false;
    }
    auto& fifo = fifos_[*ticket.fifo_];
    const auto at = static_cast<std::ptrdiff_t>(position_in(fifo, ticket));
    const auto* const safe = first_safe(fifo);
    const bool was_first = at == 0 || (safe != nullptr && safe->who == ticket.owner_);
    fifo.asked.erase(fifo.asked.begin() + at);
    return was_first;
}

bool account_queue::leave(account_ticket& ticket) {
    if (!ticket.fifo_) {
        return false;
    }
    const bool was_first = yield_position(ticket);
    auto& fifo = fifos_[*std::exchange(ticket.fifo_, std::nullopt)];
    --fifo.size;
    if (std::exchange(ticket.counted_, false)) {
        --fifo.waiting;
    }
    return was_first;
}

bool account_queue::cancel_wait(account_ticket& ticket) {
    const bool was_first = leave(ticket);
    ticket.arrival_ = 0;
    return was_first;
}

bool account_queue::let_others_pass(account_ticket& ticket, bool of_any_method, time now) {
    const auto* const own = &fifos_[*ticket.fifo_];
    const bool others = std::any_of(fifos_.begin(), fifos_.end(), [&](const method_fifo& fifo) {
        const bool may_pass = (of_any_method || &fifo == own) && !fifo.gate.closed_until(now);
        return may_pass &&
               std::any_of(fifo.asked.begin(), fifo.asked.end(), [&](const asking& one) {
                   return one.who != ticket.owner_;
               });
    });
    if (!others) {
        return false;
    }
    const bool was_first = yield_position(ticket);
    ticket.arrival_ = ++arrivals_;
    ask(ticket);
    return was_first;
}

bool account_queue::has_turn(const account_ticket& ticket, time now, lane which) const {
    if (which == lane::safe_only && !ticket.replay_safe_) {
        return false;
    }
    return std::none_of(fifos_.begin(), fifos_.end(), [&](const method_fifo& fifo) {
        if (fifo.asked.empty() || fifo.gate.closed_until(now)) {
            return false;
        }
        const auto* const safe = which == lane::all ? nullptr : first_safe(fifo);
        if (which == lane::all || (safe == nullptr && !ticket.replay_safe_)) {
            return fifo.asked.front().arrival < ticket.arrival_;
        }
        return safe != nullptr && (!ticket.replay_safe_ || safe->arrival < ticket.arrival_);
    });
}

std::size_t account_queue::asking_before(const account_ticket& ticket, time now) const {
    std::size_t before = 0;
    for (const auto& fifo : fifos_) {
        before += fifo.gate.closed_until(now) ? 0 : position_in(fifo, ticket);
    }
    return before;
}

waiter_ids account_queue::first_of_each() const {
    waiter_ids first;
    for (const auto& fifo : fifos_) {
        if (!fifo.asked.empty()) {
            first.push_back(fifo.asked.front().who);
            const auto* const safe = first_safe(fifo);
            if (safe != nullptr && safe != &fifo.asked.front()) {
                first.push_back(safe->who);
            }
        }
    }
    return first;
}

const method_gate* account_queue::find_gate(const method_name& method) const {
    const auto* const fifo = find(method);
    return fifo != nullptr ? &fifo->gate : nullptr;
}

std::optional<account_queue::time> account_queue::banned_until(const method_name& method, time now)
    const {
    const auto* const known = find_gate(method);
    return known != nullptr ? known->banned_until(now) : std::nullopt;
}

std::vector<method_ban> account_queue::bans(time now) const {
    std::vector<method_ban> all;
    for (const auto& fifo : fifos_) {
        if (const auto until = fifo.gate.banned_until(now)) {
            all.push_back(
                {.method = fifo.method, .until = *until, .next_trial = fifo.gate.next_trial()}
            );
        }
    }
    return all;
}

std::size_t account_queue::waiting() const noexcept {
    std::size_t all = 0;
    for (const auto& fifo : fifos_) {
        all += fifo.waiting;
    }
    return all;
}

// A ban or a pause may be long: the redemptions behind it leave the queue to the other methods.
std::size_t account_queue::waiting_beside(const method_name& method, time now) const {
    std::size_t all = 0;
    for (const auto& fifo : fifos_) {
        const bool open = !fifo.gate.banned_until(now) && !fifo.gate.pause.active();
        all += fifo.method == method || open ? fifo.waiting : 0;
    }
    return all;
}

std::vector<queued_group> account_queue::groups(const method_name& method, time now) const {
    std::vector<queued_group> all;
    for (const auto& fifo : fifos_) {
        const bool counts = fifo.method == method || !fifo.gate.pause.active();
        if (fifo.size > 0 && counts) {
            all.push_back({.from = fifo.gate.banned_until(now).value_or(now), .size = fifo.size});
        }
    }
    return all;
}

const account_queue::method_fifo* account_queue::find(const method_name& method) const {
    const auto at = std::find_if(fifos_.begin(), fifos_.end(), [&](const method_fifo& fifo) {
        return fifo.method == method;
    });
    return at == fifos_.end() ? nullptr : &*at;
}

std::size_t account_queue::index_of(const method_name& method) {
    if (const auto* const known = find(method)) {
        return static_cast<std::size_t>(known - fifos_.data());
    }
    fifos_.emplace_back().method = method;
    return fifos_.size() - 1;
}

const account_queue::asking* account_queue::first_safe(const method_fifo& fifo) {
    const auto at = std::find_if(fifo.asked.begin(), fifo.asked.end(), [](const asking& one) {
        return one.replay_safe;
    });
    return at == fifo.asked.end() ? nullptr : &*at;
}

// Where the ticket is in the FIFO, or would be.
std::size_t account_queue::position_in(const method_fifo& fifo, const account_ticket& ticket) {
    const auto at = std::lower_bound(
        fifo.asked.begin(),
        fifo.asked.end(),
        ticket.arrival_,
        [](const asking& one, std::uint64_t arrival) { return one.arrival < arrival; }
    );
    return static_cast<std::size_t>(at - fifo.asked.begin());
}

}  // namespace gateway::redemption
