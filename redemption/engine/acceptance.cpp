// How a redemption comes to be at work: a fresh wish, one that exists already, or one the journal
// held at start.

#include <utility>

#include "redemption/engine/driver.hpp"
#include "redemption/engine/outcomes.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds pick_up_spread{500};

}  // namespace

// Usually nobody is before a fresh wish: then its first attempt shares the acceptance's commit.
boost::asio::awaitable<bool> driver::accept_and_start(live_ptr live, bool& started) {
    auto& gate = state_of(*live).gate;
    const bool entered = orders_.its_turn(*live) && gate.enter(*live, context_.time.now()).entered;
    std::optional<attempt> first;
    if (entered) {
        live->in_flight = true;
        first = next_attempt(live->what);
    }
    const auto outcome = co_await accept(live, first);
    started = outcome == acceptance::accepted_with_attempt;
    if (entered && !started) {
        gate.released(*live, context_.time.now());  // it may belong to another account by now
        live->in_flight = false;
        orders_.wake_next(*live);
    }
    co_return outcome != acceptance::ended;
}

boost::asio::awaitable<driver::acceptance> driver::accept(
    live_ptr live, std::optional<attempt> first
) {
    const auto outcome = co_await context_.journal.accept(live->what, first);
    if (!outcome) {
        refuse(*live, journal_unavailable(outcome.error()));
        co_return acceptance::ended;
    }
    if (const auto* taken = std::get_if<key_taken>(&*outcome)) {
        const auto result = co_await take_over(live, taken->existing);
        co_return result;
    }
    if (refused(*live, *outcome)) {
        co_return acceptance::ended;
    }
    const auto& taken = std::get<accepted>(*outcome);
    link(*live, taken.lines);
    if (taken.started) {
        live->what.attempts.push_back(*first);
    }
    live->accepted = true;
    live->changed.notify();
    context_.probe.redemption_state(live->what, std::nullopt);
    co_return taken.started ? acceptance::accepted_with_attempt : acceptance::accepted;
}

// The journal took it so late that its callers were told nothing would be sent: so nothing is.
boost::asio::awaitable<void> driver::withdraw(live_redemption& live, bool started) {
    settlement what;
    what.id = live.what.id;
    what.at = context_.time.wall_now();
    what.state = state::failed;
    what.error = error_info{
        .source = error_source::gateway,
        .detail = "the journal took it after its caller had been told that nothing was sent",
        .said = {},
    };
    if (started) {
        give_back(live);
        what.ended = live.what.attempts.back();
        what.ended->finished_at = what.at;
        what.ended->phase = phase::not_sent;
        what.ended->verdict = verdict::not_executed;
        what.ended->said.message = what.error->detail;
    }
    co_await make_durable(live, std::move(what));
}

// The caller used this key before. Only a failed redemption starts over; any other stands as it is.
boost::asio::awaitable<driver::acceptance> driver::take_over(live_ptr live, record existing) {
    if (existing.body != live->what.body) {
        refuse(*live, key_reused{existing.id});
        co_return acceptance::ended;
    }
    const auto lifetime = live->what.lifetime;
    orders_.leave(*live);
    state_of(*live).gate.forget(*live);
    table_.remove(*live);
    live->what = std::move(existing);
    // It may belong to an account that left the configuration: then nothing can start over.
    if (live->what.state != state::failed || !serves(live->what.account)) {
        live->accepted = true;
        live->replayed = is_final(live->what.state);
        co_return acceptance::ended;
    }
    table_.add(live);
    take_place(*live);
    live->what.state = state::pending;
    live->what.updated_at = context_.time.wall_now();
    live->what.lifetime = lifetime;
    live->what.expires_at = live->what.updated_at + lifetime;
    live->what.error.reset();
    live->what.result.clear();
    const auto outcome = co_await context_.journal.restart(live->what, std::nullopt);
    if (!outcome) {
        refuse(*live, journal_unavailable(outcome.error()));
        co_return acceptance::ended;
    }
    if (const auto* changed = std::get_if<key_taken>(&*outcome)) {
        // Somebody else changed it meanwhile: it stands as it is now.
        live->what = changed->existing;
        live->accepted = true;
        co_return acceptance::ended;
    }
    if (refused(*live, *outcome)) {
        co_return acceptance::ended;
    }
    link(*live, std::get<accepted>(*outcome).lines);
    live->accepted = true;
    live->changed.notify();
    context_.probe.redemption_state(live->what, state::failed);
    co_return acceptance::accepted;
}

bool driver::refused(live_redemption& live, const accept_outcome& outcome) {
    if (const auto* natural = std::get_if<natural_key_taken>(&outcome)) {
        refuse(live, natural_key_in_use{natural->by});
        return true;
    }
    if (const auto* falls = std::get_if<total_would_fall>(&outcome)) {
        refuse(live, total_falls{falls->confirmed});
        return true;
    }
    return false;
}

void driver::refuse(live_redemption& live, refusal why) {
    live.refused = std::move(why);
}

// The process died in the attempt: it may have been executed (contract §5).
boost::asio::awaitable<bool> driver::close_broken_attempt(live_redemption& live) {
    live.accepted = true;
    context_.probe.redemption_state(live.what, std::nullopt);
    const double chance = context_.time.random_fraction();
    live.not_before =
        context_.time.now() + std::chrono::duration_cast<milliseconds>(pick_up_spread * chance);
    if (live.what.attempts.empty() || live.what.attempts.back().finished_at) {
        co_return true;
    }
    settlement what;
    what.id = live.what.id;
    what.at = context_.time.wall_now();
    what.ended = live.what.attempts.back();
    what.ended->finished_at = what.at;
    what.ended->phase = phase::maybe_sent;
    what.ended->verdict = verdict::ambiguous;
    what.ended->said.message = "the gateway stopped during this attempt";
    what.state = live.what.replay_safe ? state::pending : state::unknown;
    what.error = error_info{
        .source = error_source::gateway,
        .detail = "the gateway stopped during an attempt that may have been executed",
        .said = {},
    };
    const bool goes_on = what.state == state::pending;
    co_await make_durable(live, std::move(what));
    co_return goes_on;
}

}  // namespace gateway::redemption
