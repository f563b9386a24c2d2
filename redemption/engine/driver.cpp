#include "redemption/engine/driver.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::steady_clock;

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
        .replay_safe = live.record.replay_safe,
        .ambiguous_before = has_ambiguous_attempt(live.record),
        .attempts = static_cast<std::uint32_t>(live.record.attempts.size()),
        .retried_once_before = live.retried_once,
        .expires_at = live.record.expires_at,
    };
}

// True if an operator's resolution came while the end was written that it agrees with, or that left
// the redemption unknown.
bool resolution_is_left(const live_redemption& live) {
    return live.pending_resolution && (live.pending_resolution->to == live.record.state ||
                                       live.record.state == state::unknown);
}

}  // namespace

boost::asio::awaitable<void> driver::drive(live_ptr live, entry how) {
    std::exception_ptr fault;
    try {
        co_await carry(live, how);
    } catch (...) {
        fault = std::current_exception();
    }
    scheduler_.finish(*live);  // whatever happened: no caller waits for it in vain
    if (fault) {
        std::rethrow_exception(fault);
    }
}

boost::asio::awaitable<void> driver::carry(live_ptr live, entry how) {
    const auto brought = co_await bring_to_work(live, how);
    if (brought != acceptance::result::ended) {
        co_await attempt_until_ended(*live, brought == acceptance::result::started);
    }
    if (resolution_is_left(*live)) {
        co_await apply_operator_resolution(*live);
    }
}

boost::asio::awaitable<acceptance::result> driver::bring_to_work(live_ptr live, entry how) {
    auto brought = acceptance::result::waiting;
    if (how == entry::fresh) {
        brought = co_await acceptance_.take_fresh(live);
    } else if (how == entry::picked_up) {
        brought = co_await acceptance_.pick_up(*live);
    }
    co_return brought;
}

// `started`: the start of an attempt is durable, and a permit is held for it.
boost::asio::awaitable<void> driver::attempt_until_ended(live_redemption& live, bool started) {
    for (;;) {
        if (!started) {
            const auto ready = co_await wait_for_permit(live);
            if (ready == readiness::ended) {
                co_return;
            }
            const auto begun = co_await record_start(live);
            if (begun == start_result::ended) {
                co_return;
            }
            if (begun == start_result::not_yet) {
                continue;
            }
        }
        const auto after = co_await attempt_once(live);
        if (after == attempt_result::ended) {
            co_return;
        }
        started = false;
    }
}

// Waits for its order, its backoff and its account.
boost::asio::awaitable<driver::readiness> driver::wait_for_permit(live_redemption& live) {
    accounts_.enqueue(live);
    for (;;) {
        if (live.pending_resolution) {
            co_await apply_operator_resolution(live);
            co_return readiness::ended;
        }
        if (parking_) {
            co_return readiness::ended;
        }
        const auto wall = context_.time.wall_now();
        auto limit = steady_clock::time_point::max();
        if (const auto becomes = at_expiry(progress_of(live))) {
            if (wall >= live.record.expires_at) {
                co_await writer_.write(live, expired(live.record, *becomes, wall));
                co_return readiness::ended;
            }
            const auto now = context_.time.now();
            limit = now + (live.record.expires_at - wall);
            if (accounts_.opens_at(live, now) >= limit) {
                co_await writer_.write(live, shut_out(live.record, *becomes, wall));
                co_return readiness::ended;
            }
        }
        const auto asked = scheduler_.try_acquire(live);
        if (asked.is == scheduler::acquire_outcome::result::acquired) {
            co_return readiness::has_permit;
        }
        co_await live.wake.wait_until(
            context_.time, std::min(limit, asked.retry_at.value_or(limit))
        );
    }
}

// Journal first: no byte leaves before this is durable (docs/journal.md, What is durable when).
// Unless it started, the permit is given back.
boost::asio::awaitable<driver::start_result> driver::record_start(live_redemption& live) {
    const auto next = next_attempt(live.record, context_.time.wall_now());
    const auto outcome = co_await context_.journal.start_attempt(live.record.id, next);
    if (outcome && std::holds_alternative<attempt_started>(*outcome)) {
        live.record.attempts.push_back(next);
        co_return start_result::started;
    }
    scheduler_.cancel_permit(live);
    if (outcome) {
        const auto confirmed = std::get<total_would_fall>(*outcome).confirmed;
        co_await writer_.write(live, overtaken(live.record, confirmed, context_.time.wall_now()));
        co_return start_result::ended;
    }
    context_.probe.journal_trouble(live.record, outcome.error().reason);
    live.not_before = context_.time.now() + journal_pause;
    co_return start_result::not_yet;
}

boost::asio::awaitable<attempt_outcome> driver::send(live_redemption& live) {
    const auto& entry = accounts_.entry_of(live);
    attempt_request request;
    request.method = context_.methods.method(live.record.method.str());
    request.params = live.record.params;
    request.replay_safe = live.record.replay_safe;
    request.ambiguous_before = has_ambiguous_attempt(live.record);
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

// One attempt whose start is durable, and what it makes of the redemption.
boost::asio::awaitable<driver::attempt_result> driver::attempt_once(live_redemption& live) {
    const auto begun = context_.time.now();
    const auto outcome = co_await send(live);
    const auto now = context_.time.now();
    scheduler_.on_attempt_finished(live, outcome);
    const auto wall = context_.time.wall_now();
    const double chance = context_.time.random_fraction();
    const auto next = after_attempt(progress_of(live), outcome, wall, chance);
    live.retried_once = outcome.retry_once;
    auto what = after_attempt(live.record, outcome, next.to, wall);
    const auto finished = *what.ended;
    co_await writer_.write(live, std::move(what));
    context_.probe.attempt_finished(live.record, finished, outcome, now - begun);
    live.not_before = now + next.delay;
    scheduler_.on_settled(live);
    co_return next.to ? attempt_result::ended : attempt_result::pending;
}

boost::asio::awaitable<void> driver::apply_operator_resolution(live_redemption& live) {
    const auto& said = *live.pending_resolution;
    auto what = resolved(
        live.record,
        {
            .at = context_.time.wall_now(),
            .who = said.who,
            .action = "resolve",
            .note = said.note,
            .from = live.record.state,
            .to = said.to,
        }
    );
    co_await writer_.write(live, std::move(what));
    live.pending_resolution.reset();
}

void driver::park_all() {
    parking_ = true;
    table_.for_each([](live_redemption& live) { live.wake.notify(); });
}

}  // namespace gateway::redemption
