// The rules for several processes on one journal.
#include <algorithm>

#include "tests/simulation/oracle.hpp"

namespace gateway::simulation {

using namespace redemption;

namespace {

bool is_open(const record& row) {
    return row.state == state::pending && !row.attempts.empty() && !row.attempts.back().finished_at;
}

bool share_name(const std::vector<order_key>& one, const std::vector<order_key>& other) {
    return std::any_of(one.begin(), one.end(), [&](const order_key& name) {
        return std::find(other.begin(), other.end(), name) != other.end();
    });
}

}  // namespace

// Its clock may differ from that of the process before.
void oracle::on_taken(const redemption_id& id) {
    if (const auto* const row = scenario_.store.row(id); row != nullptr && is_open(*row)) {
        broken_off_.emplace(id, row->attempts.back().number);
    }
    if (auto* const of = tracked_key_of(id)) {
        of->deadline.reset();
        of->moved = true;
    }
}

void oracle::on_not_ours(std::size_t process, const redemption_id& id) {
    may_send_.erase({process, id});
    settling_.erase({process, id});
}

// An attempt of an order is started while no other one of it is under way. Orders that turn out to
// be one may have had an attempt each.
void oracle::check_one_at_a_time() {
    std::vector<const record*> open;
    std::set<std::pair<redemption_id, std::uint32_t>> now;
    scenario_.store.for_each([&](const record& row) {
        if (is_open(row)) {
            open.push_back(&row);
            now.emplace(row.id, row.attempts.back().number);
        }
    });
    const auto is_new = [&](const record& row) {
        return !open_before_.contains({row.id, row.attempts.back().number});
    };
    for (const auto* const one : open) {
        for (const auto* const other : open) {
            // The process itself keeps the order among its own, as far as it knows the names.
            const auto& store = scenario_.store;
            const bool by_names = is_new(*other) || store.owner(one->id) == store.owner(other->id);
            const bool together = by_names ? scope_of(*one) == scope_of(*other) &&
                                                 share_name(one->orders, other->orders)
                                           : store.share_order(*one, *other);
            // A process that took it over closes such an attempt, which is not under way any more.
            const bool closes = by_names && was_broken_off(*other);
            if (one != other && is_new(*one) && together && !closes) {
                scenario_.broke(
                    "two redemptions of one order are under way at once: ",
                    one->key.str(),
                    " and ",
                    other->key.str()
                );
            }
        }
    }
    open_before_ = std::move(now);
}

void oracle::check_beside_others(std::size_t process, const wish& what, const record& row) {
    const auto& of = scenario_.tracked_keys[what.tracked];
    const bool elsewhere = std::any_of(sending_.begin(), sending_.end(), [&](const auto& one) {
        return one.first.first != process && one.first.second == what.number;
    });
    if (elsewhere) {
        scenario_.reached.count(seen::repeated_after_take_over);
    }
    if (elsewhere && !what.replay_safe() && !of.relaxed && row.history.empty()) {
        scenario_.broke(
            "sent by a second process though it may be executed by the first", about(of)
        );
    }
    if (what.on_way > 0) {
        scenario_.broke("sent while it is still on its way from another process", about(of));
    }
    for (const auto& other : scenario_.wishes) {
        const bool same_order = other.number != what.number && other.on_way > 0 &&
                                other.doubt_at == what.doubt_at &&
                                share_name(other.orders, what.orders);
        if (same_order) {
            scenario_.broke("two of one order are on their way at once", about(of));
        }
    }
    if (row.attempts.back().number != row.attempts.size()) {
        scenario_.broke("an attempt has the number of another one", about(of));
    }
}

}  // namespace gateway::simulation
