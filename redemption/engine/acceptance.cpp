#include "redemption/engine/acceptance.hpp"

#include <utility>

#include "redemption/engine/outcomes.hpp"

namespace gateway::redemption {
namespace {

// An acceptance in doubt may be found, and sent, by the next start.
refusal not_taken(const journal_error& error) {
    if (error.in_doubt) {
        return acceptance_pending{};
    }
    return journal_unavailable(error);
}

std::optional<refusal> refusal_of(const journal_result<accept_outcome>& outcome) {
    if (!outcome) {
        return not_taken(outcome.error());
    }
    if (const auto* natural = std::get_if<natural_key_taken>(&*outcome)) {
        return natural_key_in_use{natural->by};
    }
    if (const auto* falls = std::get_if<total_would_fall>(&*outcome)) {
        return total_falls{falls->confirmed, falls->by, falls->in_doubt};
    }
    return std::nullopt;
}

}  // namespace

record record_of(submission wish, time_point now) {
    record what;
    what.id = std::move(wish.id);
    what.caller = std::move(wish.caller);
    what.key = std::move(wish.key);
    what.body = wish.body;
    what.method = method_name(std::string(wish.method->name()));
    what.account = std::move(wish.account);
    what.params = std::move(wish.terms.params);
    what.natural = std::move(wish.terms.natural);
    what.orders = std::move(wish.terms.orders);
    what.totals = std::move(wish.terms.totals);
    what.replay_safe = wish.terms.replay_safe;
    what.created_at = now;
    what.updated_at = now;
    what.lifetime = wish.expires_in;
    what.expires_at = now + what.lifetime;
    return what;
}

boost::asio::awaitable<lifecycle_event> acceptance::accept(
    live_ptr live, const action::accept& how
) {
    auto outcome = co_await context_.journal.accept(live->record, how.first);
    if (auto why = refusal_of(outcome)) {
        co_return event::not_accepted{std::move(*why)};
    }
    if (auto* known = std::get_if<key_taken>(&*outcome)) {
        event::key_known event{.existing = std::move(known->existing)};
        accounts_.follow_renaming(event.existing);
        event.account_served = accounts_.serves(event.existing.account);
        if (event.account_served) {
            event.identity = accounts_.identity_of(event.existing.account);
        }
        co_return event;
    }
    const auto& taken = std::get<accepted>(*outcome);
    if (taken.started) {
        live->record.attempts.push_back(*how.first);
    } else if (live->account.holds_permit()) {
        scheduler_.cancel_permit(*live);
    }
    co_return accepted_as(*live, taken, std::nullopt);
}

boost::asio::awaitable<lifecycle_event> acceptance::start_over(
    live_ptr live, const action::start_over& how
) {
    become(live, how.again);
    live->time = begun(live->record, context_.time.now());
    auto outcome = co_await context_.journal.restart(live->record, std::nullopt);
    if (auto why = refusal_of(outcome)) {
        co_return event::not_accepted{std::move(*why)};
    }
    if (auto* changed = std::get_if<key_taken>(&*outcome)) {
        co_return event::changed_by_another{std::move(changed->existing)};
    }
    co_return accepted_as(*live, std::get<accepted>(*outcome), state::failed);
}

lifecycle_event acceptance::accepted_as(
    live_redemption& live, const redemption::accepted& taken, std::optional<state> before
) {
    scheduler_.merge_orders(live, taken.order_aliases);
    live.accepted = true;
    live.changed.notify();
    context_.probe.redemption_state(live.record, before, live.time.age(context_.time.now()));
    return event::accepted{taken.started};
}

// It may belong to another account than the wish, which gives up its positions and its permit.
void acceptance::become(const live_ptr& live, record what) {
    replace(live, std::move(what));
    scheduler_.enqueue(*live);
}

void acceptance::replace(const live_ptr& live, record what) {
    scheduler_.leave(*live);
    table_.remove(*live);
    live->record = std::move(what);
    table_.add(live);
}

void acceptance::follow(const live_ptr& live, record pending) {
    replace(live, std::move(pending));
    live->accepted = true;
    live->changed.notify();
}

void acceptance::take_over(const live_ptr& live, record pending) {
    become(live, std::move(pending));
    const moment now{.steady = context_.time.now(), .wall = context_.time.wall_now()};
    live->time = picked_up(live->record, now);
    live->accepted = true;
    live->changed.notify();
    context_.probe.redemption_state(live->record, std::nullopt, live->time.age(now.steady));
}

void acceptance::show(live_redemption& live, const action::show& durable) {
    scheduler_.leave(live);
    table_.remove(live);
    live.record = durable.existing;
    live.accepted = true;
    live.replayed = durable.replayed;
}

}  // namespace gateway::redemption
