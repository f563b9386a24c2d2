#include "redemption/rules/lifecycle.hpp"

#include "redemption/rules/next_step.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Redemptions picked up after a start are sent spread over this time.
constexpr milliseconds pick_up_spread{500};

progress progress_of(const situation& of) {
    return {
        .replay_safe = of.record.replay_safe,
        .ambiguous_before = has_ambiguous_attempt(of.record),
        .attempts = static_cast<std::uint32_t>(of.record.attempts.size()),
        .retried_once_before = of.retried_once,
        .deadline = of.deadline,
    };
}

action::settle apply_operator_resolution(const situation& of, time_point now) {
    const auto& said = *of.resolution;
    history_entry entry{
        .at = now,
        .who = said.who,
        .action = "resolve",
        .note = said.note,
        .from = of.record.state,
        .to = said.to,
    };
    return {.what = resolved(of.record, std::move(entry)), .resolves = true};
}

bool broke_off(const record& what) {
    return !what.attempts.empty() && !what.attempts.back().finished_at;
}

// One decision for each event.
struct decision {
    const situation& of;
    moment now;

    lifecycle_action operator()(const event::wish_arrived& wish) const {
        action::accept accept;
        if (wish.has_permit) {
            accept.first = next_attempt(of.record, now.wall);
        }
        return accept;
    }

    // The caller used this key before. Only a failed redemption starts over. A pending one that is
    // not at work has lost its driver.
    lifecycle_action operator()(const event::key_known& known) const {
        const auto& existing = known.existing;
        if (existing.body != of.record.body) {
            return action::refuse{key_reused{existing.id}};
        }
        if (existing.state == state::pending && existing.elsewhere) {
            return action::watch{existing};
        }
        if (existing.state == state::pending) {
            return action::pick_up{existing};
        }
        if (existing.state != state::failed) {
            return action::show{.existing = existing, .replayed = is_final(existing.state)};
        }
        if (!known.account_served) {
            return action::refuse{account_not_configured{existing}};
        }
        return action::start_over{
            started_over(existing, known.identity, of.record.lifetime, now.wall)
        };
    }

    lifecycle_action operator()(const event::accepted& accepted) const {
        if (accepted.started) {
            return action::send{};
        }
        return action::wait{};
    }

    lifecycle_action operator()(const event::not_accepted& refused) const {
        return action::refuse{refused.why};
    }

    lifecycle_action operator()(const event::changed_by_another& changed) const {
        return action::show{.existing = changed.existing};
    }

    lifecycle_action operator()(const event::picked_up& start) const {
        const auto not_before =
            now.steady + std::chrono::duration_cast<milliseconds>(pick_up_spread * start.chance);
        if (broke_off(of.record)) {
            return action::settle{
                .what = after_a_crash(of.record, now.wall), .not_before = not_before
            };
        }
        return action::wait{not_before};
    }

    lifecycle_action operator()(const event::resumed& look) const {
        if (of.elsewhere) {
            return action::watch{};
        }
        if (of.resolution) {
            return apply_operator_resolution(of, now.wall);
        }
        if (of.draining) {
            return action::park{};
        }
        if (of.app_changed) {
            return action::settle{.what = app_changed(of.record, now.wall)};
        }
        const auto becomes = at_expiry(progress_of(of));
        if (!becomes) {
            return action::ask_for_permit{steady_clock::time_point::max()};
        }
        if (now.steady >= of.deadline) {
            return action::settle{
                .what = of.account_configured
                            ? expired(of.record, *becomes, look.obstacle, now.wall)
                            : orphan_expired(of.record, *becomes, now.wall)
            };
        }
        if (look.opens_at >= of.deadline) {
            return action::settle{.what = shut_out(of.record, *becomes, look.obstacle, now.wall)};
        }
        return action::ask_for_permit{of.deadline};
    }

    lifecycle_action operator()(const event::permit_acquired&) const {
        return action::start{next_attempt(of.record, now.wall)};
    }

    lifecycle_action operator()(const event::start_written&) const { return action::send{}; }

    lifecycle_action operator()(const event::start_not_written&) const {
        return action::wait{now.steady + journal_pause};
    }

    lifecycle_action operator()(const event::not_its_turn&) const {
        const bool expires = at_expiry(progress_of(of)).has_value();
        return action::await_turn{expires ? of.deadline : steady_clock::time_point::max()};
    }

    lifecycle_action operator()(const event::taken_over&) const { return action::watch{}; }

    lifecycle_action operator()(const event::total_overtaken& total) const {
        return action::settle{.what = overtaken(of.record, total.by, now.wall)};
    }

    lifecycle_action operator()(const event::attempt_ended& ended) const {
        const auto next = after_attempt(progress_of(of), ended.outcome, now.steady, ended.chance);
        return action::settle{
            .what = end_of_attempt(of.record, ended.outcome, next.to, now.wall),
            .not_before = now.steady + next.delay,
            .retried_once = ended.outcome.retry_once,
        };
    }

    // An operator's resolution may have come while the end was written. It still counts if it
    // agrees with the end, or if the end left the redemption unknown.
    lifecycle_action operator()(const event::settled&) const {
        if (of.record.state == state::pending) {
            return action::wait{};
        }
        const bool counts = of.resolution && (of.resolution->to == of.record.state ||
                                              of.record.state == state::unknown);
        if (counts) {
            return apply_operator_resolution(of, now.wall);
        }
        return action::finish{};
    }
};

}  // namespace

bool resolved_so(const record& what, const operator_resolution& said) {
    if (what.state != said.to || what.history.empty()) {
        return false;
    }
    // One that failed again after starting over was not resolved so.
    const bool operators_word = what.state != state::failed ||
                                (what.error && what.error->source == error_source::operators);
    const auto& last = what.history.back();
    return operators_word && last.action == "resolve" && last.to == said.to && last.who == said.who;
}

lifecycle_action next_action(const situation& of, const lifecycle_event& happened, moment now) {
    return std::visit(decision{of, now}, happened);
}

}  // namespace gateway::redemption
