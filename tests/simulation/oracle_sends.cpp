// The rules for what is sent to the platforms.
#include <algorithm>

#include "tests/simulation/oracle.hpp"

namespace gateway::simulation {

using namespace redemption;

namespace {

bool share_order(const wish& one, const wish& other) {
    return std::any_of(one.orders.begin(), one.orders.end(), [&](const order_key& name) {
        return std::count(other.orders.begin(), other.orders.end(), name) > 0;
    });
}

}  // namespace

void oracle::on_send(
    std::size_t process, wish& what, const attempt_request& request, const std::string& identity
) {
    auto& of = scenario_.tracked_keys[what.tracked];
    ++scenario_.reached.attempts;
    const auto* const row = row_of(of);
    if (row == nullptr || row->params.reveal() != request.params->reveal()) {
        scenario_.broke("sent without being in the journal", about(of));
        return;
    }
    const bool started = !row->attempts.empty() && !row->attempts.back().finished_at;
    if (row->state != state::pending || !started) {
        scenario_.broke("sent before the start of the attempt was durable", about(of));
        return;
    }
    if (may_send_.erase({process, row->id}) == 0) {
        scenario_.broke("sent before the journal had answered", about(of));
    }
    if (what.in_doubt && what.doubt_at != identity && !of.relaxed) {
        scenario_.broke("sent to ", identity, " though ", what.doubt_at, " may have it", about(of));
    }
    what.doubt_at = identity;
    if (below_one_in_doubt(what)) {
        scenario_.broke("sent below a total that may have been executed", about(of));
    }
    if (!what.replay_safe() && what.in_doubt && !of.relaxed) {
        scenario_.broke("sent again though it may have been executed", about(of));
    }
    if (request.ambiguous_before != what.in_doubt && what.in_doubt && !of.relaxed) {
        scenario_.broke("an attempt that may have been executed is forgotten", about(of));
    }
    if (of.answered_not_taken && of.open_calls == 0) {
        scenario_.broke("sent after all callers had been answered that nothing is sent", about(of));
    }
    if (of.left_unsure && of.busy_callers == 0) {
        scenario_.reached.count(seen::sent_though_all_left);
    }
    const auto below = started_below_.find({row->id, row->attempts.back().number});
    if (below != started_below_.end() && below->second) {
        scenario_.broke("a running total falls at the platform", about(of));
    }
    if (row->attempts.size() == 5) {
        scenario_.reached.count(seen::many_attempts);
    }
    if (scenario_.shared()) {
        check_beside_others(process, what, *row);
    }
    sending_.emplace(std::pair(process, what.number), scenario_.timeline.now());
}

void oracle::on_attempt_ended(std::size_t process, wish& what, const attempt_outcome& outcome) {
    const auto sent = sending_.extract({process, what.number});
    if (outcome.verdict == verdict::ambiguous && !sent.empty()) {
        leave_in_doubt(what, sent.mapped());
    }
}

// What an operator has decided on since is not in doubt any more.
void oracle::leave_in_doubt(wish& what, base::steady_time sent) {
    what.in_doubt = what.in_doubt || sent >= scenario_.tracked_keys[what.tracked].decided_at;
}

void oracle::on_effect(wish& what) {
    ++what.effects;
    const auto& of = scenario_.tracked_keys[what.tracked];
    if (what.effects > 1 && !of.relaxed) {
        scenario_.broke("executed twice", about(of));
    }
}

void oracle::on_total_set(const wish& now, const wish& before) {
    const bool falls = before.total > now.total && share_order(before, now);
    if (falls && !forgotten_or_relaxed(now) && !forgotten_or_relaxed(before)) {
        scenario_.broke(
            "the total of an order falls by the ledger", about(scenario_.tracked_keys[now.tracked])
        );
    }
}

// Another redemption of the order, with a higher total and a name of the order in common.
bool oracle::below_one_in_doubt(const wish& what) const {
    const auto in_doubt = [&](const wish& other) {
        const bool above = other.what == kind::total && other.in_doubt &&
                           other.doubt_at == what.doubt_at && other.total > what.total;
        if (!above || !share_order(other, what) || forgotten_or_relaxed(other)) {
            return false;
        }
        const auto* const row = row_of(scenario_.tracked_keys[other.tracked]);
        return row != nullptr && (row->state == state::pending || row->state == state::unknown);
    };
    return what.what == kind::total && !forgotten_or_relaxed(what) &&
           std::any_of(scenario_.wishes.begin(), scenario_.wishes.end(), in_doubt);
}

// The wall clock shortens no life and prolongs none while one process runs.
void oracle::check_deadline(const tracked_key& of, const record& row) {
    constexpr std::chrono::seconds slack{1};
    const bool fresh = of.deadline && row.history.empty() && !wish_of(row)->in_doubt && !of.relaxed;
    if (fresh && scenario_.timeline.now() > *of.deadline + slack) {
        scenario_.broke("sent after its time", about(of));
    }
}

// Faults open the breaker, those in flight come to nothing, then one probes after each pause.
void oracle::on_foreign_host(std::size_t attempts, base::steady_time::duration since) {
    const auto& limits = scenario_.settings.limits;
    const auto pauses = static_cast<std::size_t>(since / std::chrono::seconds(30)) + 6;
    // An answer that was under way before the host changed may begin the count anew.
    if (attempts > 2 * limits.breaker.faults + limits.in_flight + pauses) {
        scenario_.broke("a host that is not the platform got ", attempts, " attempts");
    }
}

}  // namespace gateway::simulation
