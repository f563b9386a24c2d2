#include "redemption/engine/driver.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long to leave a journal in trouble alone before trying the same write again.
constexpr milliseconds journal_pause{500};
// A working journal that refuses the same settlement this often will never take it.
constexpr int most_refusals = 20;

error_info expired(const record& what) {
    error_info error;
    if (what.error) {
        error = *what.error;
        error.detail = "gave up when the redemption expired; last: " + what.error->detail;
        return error;
    }
    error.detail = "the redemption expired before it could be sent";
    return error;
}

// Nothing of its method goes out before it expires: to be told of that now is better than later.
error_info shut_out(const record& what) {
    error_info error = what.error.value_or(error_info{});
    error.detail =
        "the platform's ban of this method, or the breaker's pause, lasts until after "
        "the redemption expires" +
        (what.error ? "; last: " + what.error->detail : std::string());
    return error;
}

error_info error_of(const attempt_outcome& outcome, std::optional<state> settled) {
    error_info error{.source = outcome.source, .detail = outcome.detail, .said = outcome.said};
    if (settled == state::unknown && outcome.verdict == verdict::refused) {
        error.detail += "; an earlier attempt may have been executed and caused this answer";
    }
    return error;
}

// A fault of ours while bytes may be on their way: the one verdict that can't do harm.
attempt_outcome broken_attempt(std::string_view fault) {
    attempt_outcome outcome;
    outcome.phase = phase::maybe_sent;
    outcome.verdict = verdict::ambiguous;
    outcome.source = error_source::gateway;
    outcome.detail = "internal error during the attempt: " + std::string(fault);
    return outcome;
}

progress progress_of(const live_redemption& live) {
    return {
        .replay_safe = live.what.replay_safe,
        .ambiguous_before = has_ambiguous_attempt(live.what),
        .attempts = static_cast<std::uint32_t>(live.what.attempts.size()),
        .retried_once_before = live.retried_once,
        .expires_at = live.what.expires_at,
    };
}

attempt ended_attempt(const attempt& started, const attempt_outcome& outcome, time_point now) {
    attempt ended = started;
    ended.finished_at = now;
    ended.phase = outcome.phase;
    ended.verdict = outcome.verdict;
    ended.said = outcome.said;
    if (!ended.said.message) {
        ended.said.message = outcome.detail;
    }
    return ended;
}

}  // namespace

driver::driver(core_context context, const std::vector<account_entry>& accounts, live_table& table)
    : context_(std::move(context)), table_(table) {
    for (const auto& entry : accounts) {
        accounts_.emplace(
            entry.account->name(), account_state{.entry = entry, .gate = account_gate(entry.limits)}
        );
    }
}

attempt driver::next_attempt(const record& what) const {
    const auto number = what.attempts.empty() ? 1U : what.attempts.back().number + 1;
    attempt next;
    next.number = number;
    next.started_at = context_.time.wall_now();
    return next;
}

boost::asio::awaitable<void> driver::drive(live_ptr live, entry how) {
    std::exception_ptr fault;
    try {
        co_await carry(live, how);
    } catch (...) {
        fault = std::current_exception();
    }
    finish(*live);  // whatever happened: nobody waits for it in vain
    if (fault) {
        std::rethrow_exception(fault);
    }
}

boost::asio::awaitable<void> driver::carry(live_ptr live, entry how) {
    bool goes_on = true;
    bool started = false;
    if (how == entry::fresh) {
        goes_on = co_await accept_and_start(live, started);
        if (goes_on && live->withdrawn) {
            co_await withdraw(*live, started);
            co_return;
        }
    } else if (how == entry::picked_up) {
        goes_on = co_await close_broken_attempt(*live);
    }
    if (goes_on) {
        co_await work(*live, started);
    }
    // An operator's word that came while the end was under way is kept when it says the same.
    const bool agrees = live->word && live->word->to == live->what.state;
    if (agrees || (live->word && live->what.state == state::unknown)) {
        co_await obey(*live);
    }
}

// `started`: a place at the account's gate is held and the attempt's start is durable.
boost::asio::awaitable<void> driver::work(live_redemption& live, bool started) {
    for (;;) {
        if (!started) {
            const bool may_send = co_await wait_turn(live);
            if (!may_send) {
                co_return;
            }
            const auto begun = co_await record_start(live);
            if (begun == beginning::ended) {
                co_return;
            }
            if (begun == beginning::not_yet) {
                continue;
            }
        }
        const bool goes_on = co_await attempt_once(live);
        if (!goes_on) {
            co_return;
        }
        started = false;
    }
}

// Waits for its order, its backoff and its account. True: a place at the gate is held.
boost::asio::awaitable<bool> driver::wait_turn(live_redemption& live) {
    auto& gate = state_of(live).gate;
    gate.count_waiting(live);
    for (;;) {
        if (live.word) {
            co_await obey(live);
            co_return false;
        }
        if (parking_) {
            co_return false;
        }
        const auto wall = context_.time.wall_now();
        const auto now = context_.time.now();
        auto limit = steady_clock::time_point::max();
        if (const auto becomes = at_expiry(progress_of(live))) {
            if (wall >= live.what.expires_at) {
                co_await end(live, *becomes, expired(live.what));
                co_return false;
            }
            limit = now + (live.what.expires_at - wall);
            if (gate.opens(live.what.method, now) >= limit) {
                co_await end(live, *becomes, shut_out(live.what));
                co_return false;
            }
        }
        if (!orders_.its_turn(live)) {
            gate.step_back(live);  // it may have asked before its line became another's
            co_await live.wake.wait_until(context_.time, limit);
            continue;
        }
        if (now < live.not_before) {
            co_await live.wake.wait_until(context_.time, std::min(limit, live.not_before));
            continue;
        }
        const auto answer = gate.enter(live, now);
        if (answer.entered) {
            live.in_flight = true;
            co_return true;
        }
        co_await live.wake.wait_until(
            context_.time, std::min(limit, answer.not_before.value_or(limit))
        );
    }
}

// Journal first: no byte leaves before this is durable (contract §5). Unless it started, the place
// is given back.
boost::asio::awaitable<driver::beginning> driver::record_start(live_redemption& live) {
    const auto next = next_attempt(live.what);
    const auto outcome = co_await context_.journal.start_attempt(live.what.id, next);
    if (outcome && std::holds_alternative<attempt_started>(*outcome)) {
        live.what.attempts.push_back(next);
        co_return beginning::started;
    }
    give_back(live);
    if (outcome) {
        co_await end_below(live, std::get<total_would_fall>(*outcome).confirmed);
        co_return beginning::ended;
    }
    context_.probe.journal_trouble(live.what, outcome.error().reason);
    live.not_before = context_.time.now() + journal_pause;
    co_return beginning::not_yet;
}

// A higher total was confirmed while it waited (contract §4).
boost::asio::awaitable<void> driver::end_below(live_redemption& live, std::int64_t confirmed) {
    error_info error;
    error.source = error_source::caller;
    error.kind = error_kind::total_would_fall;
    error.detail = "the total would fall: " + std::to_string(confirmed) +
                   " was confirmed for this order and code meanwhile";
    const auto becomes = has_ambiguous_attempt(live.what) ? state::unknown : state::failed;
    co_await end(live, becomes, std::move(error));
}

boost::asio::awaitable<attempt_outcome> driver::send(live_redemption& live) {
    const auto& entry = state_of(live).entry;
    attempt_request request;
    request.method = context_.methods.method(live.what.method.str());
    request.params = live.what.params;
    request.replay_safe = live.what.replay_safe;
    request.ambiguous_before = has_ambiguous_attempt(live.what);
    request.limit = entry.attempt_timeout;
    std::string fault;
    try {
        auto outcome = co_await entry.account->attempt(request);
        co_return outcome;
    } catch (const std::exception& error) {
        fault = error.what();
    }
    co_return broken_attempt(fault);
}

// One attempt whose start is durable, and what it makes of the redemption. False: the work has
// ended.
boost::asio::awaitable<bool> driver::attempt_once(live_redemption& live) {
    live.attempting = true;
    const auto begun = context_.time.now();
    const auto outcome = co_await send(live);
    const auto now = context_.time.now();
    live.attempting = false;
    tell_changes(live, state_of(live).gate.left(live, outcome, now));
    const auto wall = context_.time.wall_now();
    const double chance = context_.time.random_fraction();
    const auto next = after_attempt(progress_of(live), outcome, wall, chance);
    live.retried_once = outcome.retry_once;

    settlement what;
    what.id = live.what.id;
    what.ended = ended_attempt(live.what.attempts.back(), outcome, wall);
    what.state = next.to.value_or(state::pending);
    what.at = wall;
    what.result = outcome.result;
    what.ban = outcome.ban;
    if (what.state == state::succeeded) {
        what.confirmed = live.what.totals;
    } else {
        what.error = error_of(outcome, next.to);
    }
    const auto finished = *what.ended;
    co_await make_durable(live, std::move(what));
    context_.probe.attempt_finished(live.what, finished, outcome, now - begun);
    live.not_before = now + next.delay;
    live.in_flight = false;
    orders_.wake_next(live);
    co_return !next.to;
}

boost::asio::awaitable<void> driver::end(
    live_redemption& live, state to, std::optional<error_info> error
) {
    settlement what;
    what.id = live.what.id;
    what.state = to;
    what.at = context_.time.wall_now();
    what.error = std::move(error);
    co_await make_durable(live, std::move(what));
}

// Also of one that has ended alike: then only the history changes.
boost::asio::awaitable<void> driver::obey(live_redemption& live) {
    const auto now = context_.time.wall_now();
    settlement what;
    what.id = live.what.id;
    what.state = live.word->to;
    what.at = is_final(live.what.state) ? live.what.updated_at : now;
    what.error = live.what.error;
    what.history = history_entry{
        .at = now,
        .who = live.word->who,
        .action = "resolve",
        .note = live.word->note,
        .from = live.what.state,
        .to = live.word->to,
    };
    if (what.state == state::succeeded) {
        what.confirmed = live.what.totals;
        what.error.reset();
    }
    co_await make_durable(live, std::move(what));
    live.word.reset();
}

// A result already received is never lost: it is held here until the journal takes it (contract
// §5).
boost::asio::awaitable<void> driver::make_durable(live_redemption& live, settlement what) {
    int refusals = 0;
    for (;;) {
        const auto written = co_await context_.journal.settle(what);
        if (written) {
            break;
        }
        context_.probe.journal_trouble(live.what, written.error().reason);
        refusals = context_.journal.trouble() ? 0 : refusals + 1;
        if (refusals == most_refusals) {
            // The journal works and won't have it: the row was changed behind our back. What stands
            // there counts.
            throw std::logic_error("the journal refuses a settlement: " + written.error().reason);
        }
        co_await live.wake.wait_until(context_.time, context_.time.now() + journal_pause);
    }
    const auto before = live.what.state;
    apply(live.what, what);
    context_.probe.redemption_state(live.what, before);
}

void driver::finish(live_redemption& live) {
    if (serves(live.what.account)) {
        auto& gate = state_of(live).gate;
        gate.forget(live);
        if (live.what.state == state::failed) {
            live.starts_about = gate.could_start(live.what.method, context_.time.now());
        }
    }
    orders_.leave(live);
    live.ended = true;
    table_.remove(live);
    live.changed.notify();
}

void driver::park_all() {
    parking_ = true;
    table_.for_each([](live_redemption& live) { live.wake.notify(); });
}

driver::account_state& driver::state_of(const live_redemption& live) {
    return accounts_.at(live.what.account);
}

}  // namespace gateway::redemption
