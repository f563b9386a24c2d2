#include "redemption/engine/driver.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace gateway::redemption {
namespace {

using std::chrono::seconds;

// A redemption whose driver failed is left alone before the next one goes on: first, longest.
constexpr seconds first_fault_pause{1};
constexpr seconds longest_fault_pause{300};

seconds pause_after_faults(std::uint32_t faults) {
    if (faults == 0) {
        return seconds(0);
    }
    const auto doublings = std::min<std::uint32_t>(faults - 1, 20);
    return std::min(longest_fault_pause, first_fault_pause * (std::int64_t{1} << doublings));
}

// A fault of ours while bytes may be on their way: the one verdict that can't do harm.
attempt_outcome broken_attempt(const base::redacted_text& fault) {
    attempt_outcome outcome;
    outcome.phase = phase::maybe_sent;
    outcome.verdict = verdict::ambiguous;
    outcome.source = error_source::gateway;
    outcome.detail = base::fixed_text("internal error during the attempt: ") + fault;
    return outcome;
}

}  // namespace

boost::asio::awaitable<void> driver::drive(live_ptr live, entry how) {
    std::exception_ptr fault;
    try {
        co_await carry({.live = live}, how);
    } catch (...) {
        fault = std::current_exception();
    }
    if (!fault) {
        scheduler_.finish(*live);
        co_return;
    }
    ++live->faults;
    scheduler_.suspend(*live);
    context_.spawn(drive(live, entry::again));  // nothing pending is without a driver
    std::rethrow_exception(fault);
}

boost::asio::awaitable<void> driver::carry(course of, entry how) {
    const auto& live = *of.live;
    std::optional<lifecycle_event> happened;
    if (how == entry::again) {
        happened = co_await take_up_again(*of.live);
    } else {
        happened = first_event(*of.live, how);
    }
    while (happened) {
        const situation now{
            .record = live.record,
            .retried_once = live.retried_once,
            .deadline = live.time.deadline,
            .draining = parking_,
            .account_configured = accounts_.serves(live.record.account),
            .elsewhere = live.elsewhere,
            .app_changed = accounts_.app_changed(live.record),
            .resolution = live.pending_resolution,
        };
        const auto next = next_action(
            now, *happened, {.steady = context_.time.now(), .wall = context_.time.wall_now()}
        );
        happened = co_await std::visit([&](const auto& todo) { return carry_out(of, todo); }, next);
    }
}

lifecycle_event driver::first_event(live_redemption& live, entry how) {
    if (how == entry::fresh) {
        const auto asked = scheduler_.try_acquire(live);
        return event::wish_arrived{asked.is == scheduler::acquire_outcome::result::acquired};
    }
    if (how == entry::picked_up) {
        live.accepted = true;
        const auto age = live.time.age(context_.time.now());
        context_.probe.redemption_state(live.record, std::nullopt, age);
        return event::picked_up{context_.time.random_fraction()};
    }
    if (how == entry::followed) {
        live.accepted = true;
        return event::taken_over{};
    }
    return resumed(live);
}

event::resumed driver::resumed(const live_redemption& live) const {
    const auto now = context_.time.now();
    if (!accounts_.serves(live.record.account)) {
        return {now};
    }
    return {accounts_.opens_at(live, now), accounts_.obstacle_of(live)};
}

// The failed driver's knowledge beyond the journal is lost with it, as if the process had died.
driver::result driver::take_up_again(live_redemption& live) {
    for (std::uint32_t unread = 0;; ++unread) {
        const auto until = context_.time.now() + pause_after_faults(live.faults + unread);
        while (!parking_ && context_.time.now() < until) {
            co_await live.wake.wait_until(context_.time, until);
        }
        if (parking_) {
            co_return std::nullopt;
        }
        auto found = co_await context_.journal.find(live.record.id);
        if (!found) {
            context_.probe.journal_trouble(live.record, found.error().reason);
            continue;
        }
        if (!*found) {
            co_return std::nullopt;  // never accepted, or removed
        }
        accounts_.follow_renaming(**found);
        show_durable(live, std::move(**found));
        if (live.record.state != state::pending) {
            co_return std::nullopt;
        }
        scheduler_.enqueue(live);
        co_return event::picked_up{context_.time.random_fraction()};
    }
}

void driver::show_durable(live_redemption& live, record durable) {
    const auto before = live.accepted ? std::optional(live.record.state) : std::nullopt;
    live.record = std::move(durable);
    live.accepted = true;
    live.changed.notify();
    if (before != live.record.state) {
        context_.probe.redemption_state(live.record, before, live.time.age(context_.time.now()));
    }
}

driver::result driver::carry_out(course& of, const action::accept& how) {
    of.life = context_.fellows.life();
    auto happened = co_await acceptance_.accept(of.live, how);
    auto* known = std::get_if<event::key_known>(&happened);
    // Its own acceptance was in doubt until another process had taken it over.
    const bool lost = how.first && known != nullptr && known->existing.id == of.live->record.id &&
                      (known->existing.elsewhere || known->existing.state != state::pending);
    if (lost) {
        if (auto now = co_await writer_.tell_not_sent(*of.live, *how.first)) {
            known->existing = std::move(*now);
        }
    }
    co_return happened;
}

driver::result driver::carry_out(course& of, const action::start_over& how) {
    co_return co_await acceptance_.start_over(of.live, how);
}

driver::result driver::carry_out(course& of, const action::refuse& refuse) {
    of.live->refused = refuse.why;
    co_return std::nullopt;
}

driver::result driver::carry_out(course& of, const action::pick_up& durable) {
    if (table_.find(durable.existing.id)) {  // another request has taken it up meanwhile
        acceptance_.show(*of.live, {.existing = durable.existing, .replayed = false});
        co_return std::nullopt;
    }
    acceptance_.take_over(of.live, durable.existing);
    co_return event::picked_up{context_.time.random_fraction()};
}

driver::result driver::carry_out(course& of, const action::watch& watch) {
    auto& live = *of.live;
    if (watch.existing && table_.find(watch.existing->id)) {
        acceptance_.show(live, {.existing = *watch.existing, .replayed = false});
        co_return std::nullopt;
    }
    if (watch.existing) {
        acceptance_.follow(of.live, *watch.existing);
    } else {
        scheduler_.leave(live);
    }
    live.elsewhere = true;
    co_await pass_on_resolution(live);
    co_await remote_.until_ended(live);
    const bool started_over_here = table_.find(live.record.id) != of.live;
    if (live.elsewhere || started_over_here) {
        co_return std::nullopt;
    }
    live.time =
        picked_up(live.record, {.steady = context_.time.now(), .wall = context_.time.wall_now()});
    scheduler_.enqueue(live);
    co_return event::picked_up{context_.time.random_fraction()};
}

// An operator's word that its driver here has not obeyed yet.
boost::asio::awaitable<void> driver::pass_on_resolution(live_redemption& live) {
    if (const auto word = std::exchange(live.pending_resolution, std::nullopt)) {
        const auto left = co_await context_.journal.leave_word(live.record.id, *word);
        if (!left) {
            context_.probe.journal_trouble(live.record, left.error().reason);
        }
    }
}

driver::result driver::carry_out(course& of, const action::await_turn& wait) {
    auto& live = *of.live;
    if (accounts_.serves(live.record.account)) {
        accounts_.yield_position(live);
    }
    co_await remote_.until_turn(live, wait.until);
    co_return resumed(live);
}

driver::result driver::carry_out(course& of, const action::show& durable) {
    acceptance_.show(*of.live, durable);
    co_return std::nullopt;
}

driver::result driver::carry_out(course& of, const action::wait& wait) {
    auto& live = *of.live;
    live.not_before = wait.not_before.value_or(live.not_before);
    if (accounts_.serves(live.record.account)) {
        accounts_.enqueue(live);
    }
    co_return resumed(live);
}

driver::result driver::carry_out(course& of, const action::ask_for_permit& ask) {
    auto& live = *of.live;
    const auto asked = scheduler_.try_acquire(live);
    if (asked.is == scheduler::acquire_outcome::result::acquired) {
        co_return event::permit_acquired{};
    }
    co_await live.wake.wait_until(
        context_.time, std::min(ask.until, asked.retry_at.value_or(ask.until))
    );
    co_return resumed(live);
}

// Journal first: no byte leaves before this is durable (docs/journal.md, What is durable when).
driver::result driver::carry_out(course& of, const action::start& start) {
    auto& live = *of.live;
    of.life = context_.fellows.life();
    const auto written = co_await context_.journal.start_attempt(live.record.id, start.next);
    if (!written) {
        scheduler_.cancel_permit(live);
        context_.probe.journal_trouble(live.record, written.error().reason);
        co_return event::start_not_written{};
    }
    if (const auto* total = std::get_if<total_would_fall>(&*written)) {
        co_return event::total_overtaken{*total};
    }
    if (std::holds_alternative<not_its_turn>(*written)) {
        scheduler_.cancel_permit(live);
        co_return event::not_its_turn{};
    }
    if (std::holds_alternative<not_ours>(*written)) {
        scheduler_.cancel_permit(live);
        if (auto now = co_await writer_.tell_not_sent(live, start.next)) {
            live.record = std::move(*now);
        }
        co_return lost(live);
    }
    live.record.attempts.push_back(start.next);
    co_return event::start_written{};
}

// Also where it is unknown here: another process has settled it since, and its end is read.
std::optional<lifecycle_event> driver::lost(const live_redemption& live) {
    return is_final(live.record.state) ? std::nullopt
                                       : std::optional<lifecycle_event>(event::taken_over{});
}

driver::result driver::carry_out(course& of, const action::send&) {
    auto& live = *of.live;
    const auto begun = context_.time.now();
    of.outcome = co_await send(of);
    of.took = context_.time.now() - begun;
    of.outcome->stops = scheduler_.on_attempt_finished(live, *of.outcome);
    co_return event::attempt_ended{*of.outcome, context_.time.random_fraction()};
}

boost::asio::awaitable<attempt_outcome> driver::send(const course& of) {
    const auto& live = *of.live;
    const auto& entry = accounts_.entry_of(live);
    attempt_request request;
    request.method = context_.methods.method(live.record.method.str());
    request.params = &live.record.params;
    request.replay_safe = live.record.replay_safe;
    request.ambiguous_before = has_ambiguous_attempt(live.record);
    request.limit = entry.attempt_timeout;
    if (context_.fellows.shared()) {
        request.send_by = [&fellows = context_.fellows, life = of.life] {
            return fellows.may_send_until(life);
        };
    }
    base::redacted_text fault;
    try {
        auto outcome = co_await entry.account->attempt(request);
        co_return outcome;
    } catch (const std::exception& error) {
        fault = base::redacted_text::trusted(error.what());
    }
    co_return broken_attempt(fault);
}

// A permit that is held here was not used.
driver::result driver::carry_out(course& of, const action::settle& settle) {
    auto& live = *of.live;
    if (live.account.holds_permit()) {
        scheduler_.cancel_permit(live);
    }
    const bool written = co_await writer_.write(live, settle.what);
    // An answer that comes after another process has taken over is in the log all the same.
    if (const auto outcome = std::exchange(of.outcome, std::nullopt)) {
        context_.probe.attempt_finished(live.record, *settle.what.ended, *outcome, of.took);
    }
    if (!written) {
        co_return lost(live);
    }
    live.not_before = settle.not_before.value_or(live.not_before);
    live.retried_once = settle.retried_once;
    if (settle.resolves) {
        live.pending_resolution.reset();
    }
    if (live.order.in_flight()) {
        scheduler_.on_settled(live);
    }
    co_return event::settled{};
}

driver::result driver::carry_out(course& of, const action::park&) {
    give_back(*of.live);
    co_return std::nullopt;
}

void driver::give_back(const live_redemption& live) {
    if (!context_.fellows.shared()) {
        return;
    }
    parked_.push_back(live.record.id);
    if (!std::exchange(giving_back_, true)) {
        context_.spawn(give_back_parked());
    }
}

// The ones that are parked meanwhile go with the next call.
boost::asio::awaitable<void> driver::give_back_parked() {
    while (!parked_.empty()) {
        auto which = std::exchange(parked_, {});
        if (const auto done = co_await context_.journal.give_back(which); !done) {
            break;  // they are taken over when this process is seen to be gone
        }
    }
    giving_back_ = false;
}

driver::result driver::carry_out(course&, const action::finish&) {
    co_return std::nullopt;
}

void driver::park_all() {
    parking_ = true;
    remote_.stop();
    table_.for_each([](live_redemption& live) { live.wake.notify(); });
}

}  // namespace gateway::redemption
