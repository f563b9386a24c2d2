#include "redemption/engine/acceptance.hpp"

#include <utility>

#include "redemption/engine/outcomes.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;

// What is picked up after a start goes out spread over this time.
constexpr milliseconds pick_up_spread{500};

std::optional<refusal> refusal_of(const accept_outcome& outcome) {
    if (const auto* natural = std::get_if<natural_key_taken>(&outcome)) {
        return natural_key_in_use{natural->by};
    }
    if (const auto* falls = std::get_if<total_would_fall>(&outcome)) {
        return total_falls{falls->confirmed};
    }
    return std::nullopt;
}

// Durable: from now on callers may be told of it.
void mark_accepted(live_redemption& live) {
    live.accepted = true;
    live.changed.notify();
}

}  // namespace

boost::asio::awaitable<acceptance::result> acceptance::take_fresh(live_ptr live) {
    std::optional<attempt> first;
    const auto permit = scheduler_.try_acquire(*live);
    if (permit.is == scheduler::acquire_outcome::result::acquired) {
        first = next_attempt(live->record, context_.time.wall_now());
    }
    const auto taken = co_await accept(live, first);
    if (taken != result::started && live->account.holds_permit()) {
        scheduler_.cancel_permit(*live);
    }
    if (taken != result::ended && live->withdrawn) {
        co_await withdraw(*live);
        co_return result::ended;
    }
    co_return taken;
}

boost::asio::awaitable<acceptance::result> acceptance::accept(
    live_ptr live, std::optional<attempt> first
) {
    const auto outcome = co_await context_.journal.accept(live->record, first);
    if (!outcome) {
        live->refused = journal_unavailable(outcome.error());
        co_return result::ended;
    }
    if (const auto* taken = std::get_if<key_taken>(&*outcome)) {
        const auto taken_over = co_await take_over(live, taken->existing);
        co_return taken_over;
    }
    live->refused = refusal_of(*outcome);
    if (live->refused) {
        co_return result::ended;
    }
    const auto& taken = std::get<accepted>(*outcome);
    scheduler_.merge_orders(*live, taken.order_aliases);
    if (taken.started) {
        live->record.attempts.push_back(*first);
    }
    mark_accepted(*live);
    context_.probe.redemption_state(live->record, std::nullopt);
    co_return taken.started ? result::started : result::waiting;
}

// The caller used this key before. Only a failed redemption starts over; any other is replayed.
boost::asio::awaitable<acceptance::result> acceptance::take_over(live_ptr live, record existing) {
    if (existing.body != live->record.body) {
        live->refused = key_reused{existing.id};
        co_return result::ended;
    }
    const auto lifetime = live->record.lifetime;
    scheduler_.leave(*live);
    table_.remove(*live);
    live->record = std::move(existing);
    // It may belong to an account that left the configuration: then nothing can start over.
    if (live->record.state != state::failed || !accounts_.serves(live->record.account)) {
        live->accepted = true;
        live->replayed = is_final(live->record.state);
        co_return result::ended;
    }
    table_.add(live);
    scheduler_.enqueue(*live);
    start_over(live->record, lifetime, context_.time.wall_now());
    const auto restarted = co_await restart(live);
    co_return restarted;
}

boost::asio::awaitable<acceptance::result> acceptance::restart(live_ptr live) {
    const auto outcome = co_await context_.journal.restart(live->record, std::nullopt);
    if (!outcome) {
        live->refused = journal_unavailable(outcome.error());
        co_return result::ended;
    }
    if (const auto* changed = std::get_if<key_taken>(&*outcome)) {
        // Another process changed it meanwhile: the answer is what it is now.
        live->record = changed->existing;
        live->accepted = true;
        co_return result::ended;
    }
    live->refused = refusal_of(*outcome);
    if (live->refused) {
        co_return result::ended;
    }
    scheduler_.merge_orders(*live, std::get<accepted>(*outcome).order_aliases);
    mark_accepted(*live);
    context_.probe.redemption_state(live->record, state::failed);
    co_return result::waiting;
}

// The journal took it so late that its callers were told nothing would be sent: so nothing is.
boost::asio::awaitable<void> acceptance::withdraw(live_redemption& live) {
    if (live.account.holds_permit()) {
        scheduler_.cancel_permit(live);
    }
    auto what = withdrawn(live.record, context_.time.wall_now());
    co_await writer_.write(live, std::move(what));
}

boost::asio::awaitable<acceptance::result> acceptance::pick_up(live_redemption& live) {
    live.accepted = true;
    context_.probe.redemption_state(live.record, std::nullopt);
    const double chance = context_.time.random_fraction();
    live.not_before =
        context_.time.now() + std::chrono::duration_cast<milliseconds>(pick_up_spread * chance);
    if (live.record.attempts.empty() || live.record.attempts.back().finished_at) {
        co_return result::waiting;
    }
    auto what = after_a_crash(live.record, context_.time.wall_now());
    const auto becomes = what.state;
    co_await writer_.write(live, std::move(what));
    co_return becomes == state::pending ? result::waiting : result::ended;
}

}  // namespace gateway::redemption
