#include "tests/simulation/platform.hpp"

#include <algorithm>
#include <stdexcept>

namespace gateway::simulation {

using namespace redemption;

namespace {

attempt_outcome outcome(phase p, verdict v, base::fixed_text detail) {
    attempt_outcome made;
    made.phase = p;
    made.verdict = v;
    made.detail = detail;
    made.source = p == phase::answered ? error_source::platform : error_source::network;
    return made;
}

}  // namespace

const platform_method* simulated_methods::method(std::string_view name) const {
    for (const auto* const one : {&voucher_, &verify_, &send_}) {
        if (one->name() == name) {
            return one;
        }
    }
    return nullptr;
}

const platform_method& simulated_methods::of(kind what) const {
    switch (what) {
        case kind::voucher:
            return voucher_;
        case kind::eticket:
            return send_;
        case kind::total:
        case kind::ticket:
            break;
    }
    return verify_;
}

boost::asio::awaitable<attempt_outcome> simulated_account::attempt(attempt_request request) {
    if (scenario_.shared()) {
        co_return co_await attempt_beside_others(std::move(request));
    }
    auto& of = scenario_.wishes.at(std::stoul(std::string(request.params->reveal())));
    scenario_.note("platform", name_.str(), " gets ", of.number);
    judge_.on_send(process_, of, request, side_.identity.str());
    if (++at_once_ > scenario_.settings.limits.in_flight) {
        scenario_.broke("more attempts in flight than allowed");
    }
    const auto what = draw_reaction();
    begin(of, request, what);
    const auto timer = time_.make_timer();
    const auto whole = std::min(scenario_.up_to(scenario_.settings.slowest_attempt), request.limit);
    const auto until_there = whole / 2;
    co_await base::wait_for(*timer, time_.now() + until_there);
    std::optional<attempt_outcome> came;
    if (what != reaction::thrown) {
        came = react(what, of, request.ambiguous_before);
    } else if (scenario_.random.per_mille(500)) {
        execute(of, request.ambiguous_before);
    }
    co_await base::wait_for(*timer, time_.now() + (whole - until_there));
    co_return ended(request, of, std::move(came));
}

attempt_outcome simulated_account::ended(
    const attempt_request& request, wish& of, std::optional<attempt_outcome> came
) {
    --at_once_;
    if (!came) {
        scenario_.reached.count(seen::attempt_threw);
        const auto thrown = outcome(phase::maybe_sent, verdict::ambiguous, "thrown");
        end(request, thrown);
        judge_.on_attempt_ended(process_, of, thrown);
        throw std::runtime_error("a fault of the gateway's own");
    }
    scenario_.note(
        "platform",
        name_.str(),
        " ends ",
        of.number,
        ": ",
        to_string(came->verdict),
        ", ",
        came->detail
    );
    end(request, *came);
    judge_.on_attempt_ended(process_, of, *came);
    return std::move(*came);
}

void simulated_account::begin(const wish& of, const attempt_request& request, reaction what) {
    const auto now = scenario_.timeline.now();
    if (what == reaction::foreign && now < side_.foreign_until) {
        const bool same = std::exchange(foreign_since_, side_.foreign_since) == side_.foreign_since;
        sent_to_foreign_ = same ? sent_to_foreign_ + 1 : 1;
        judge_.on_foreign_host(sent_to_foreign_, now - foreign_since_);
    }
    if (const auto fault =
            demands_.on_sent(std::string(request.method->name()), !side_.has_two_accounts, now)) {
        scenario_.broke(*fault, ": ", name_.str(), ", ", of.number);
    }
}

void simulated_account::end(const attempt_request& request, const attempt_outcome& came) {
    if (demands_.on_ended(std::string(request.method->name()), came, scenario_.timeline.now())) {
        scenario_.reached.count(seen::ban_tried);
    }
}

simulated_account::reaction simulated_account::draw_reaction() {
    const auto& how = scenario_.settings;
    if (!scenario_.trouble) {
        return reaction::answered;
    }
    if (scenario_.timeline.now() < side_.down_until) {
        return reaction::host_down;
    }
    if (scenario_.timeline.now() < side_.foreign_until) {
        return reaction::foreign;
    }
    if (side_.bad_secrets) {
        return reaction::account_fault;
    }
    const std::pair<unsigned, reaction> odds[] = {
        {how.not_sent, reaction::not_sent},
        {how.lost_before, reaction::lost_before},
        {how.lost_after, reaction::lost_after},
        {how.executes_late, reaction::executes_late},
        {how.unclear_answer, reaction::unclear},
        {how.refuses, reaction::refused},
        {how.busy, reaction::busy},
        {how.bans, reaction::banned},
        {how.account_fault, reaction::account_fault},
        {how.retry_once, reaction::retry_once},
        {how.throws, reaction::thrown},
        {how.host_down, reaction::host_down},
        {how.foreign_host, reaction::foreign},
    };
    auto drawn = scenario_.random.below(1'300);
    for (const auto& [odd, what] : odds) {
        if (drawn < odd) {
            return what;
        }
        drawn -= odd;
    }
    return reaction::answered;
}

attempt_outcome simulated_account::react(reaction what, wish& of, bool ambiguous_before) {
    auto& random = scenario_.random;
    switch (what) {
        case reaction::answered:
        case reaction::thrown:
            break;
        case reaction::not_sent: {
            auto made = outcome(phase::not_sent, verdict::not_executed, "no connection");
            made.transport_fault = random.per_mille(700);
            return made;
        }
        case reaction::lost_before:
        case reaction::lost_after: {
            if (what == reaction::lost_after) {
                execute(of, ambiguous_before);
            }
            auto made = outcome(phase::maybe_sent, verdict::ambiguous, "no complete answer");
            made.transport_fault = true;
            return made;
        }
        case reaction::executes_late: {
            auto made = outcome(phase::maybe_sent, verdict::ambiguous, "silence");
            made.transport_fault = true;
            if (of.what == kind::total) {
                return made;  // its order lets nothing pass that is under way
            }
            ++of.executes_later;
            scenario_.later(
                scenario_.up_to(std::chrono::seconds(3)),
                [this_side = &side_, s = &scenario_, j = &judge_, w = &of] {
                    --w->executes_later;
                    const bool first = !w->natural || !this_side->done.contains(*w->natural);
                    if (first) {
                        s->reached.count(seen::executed_late);
                        s->note("platform", "executes ", w->number, " late");
                        if (w->natural) {
                            this_side->done[*w->natural] = w->number;
                        }
                        j->on_effect(*w);
                    }
                }
            );
            return made;
        }
        case reaction::unclear: {
            if (random.per_mille(500)) {
                execute(of, ambiguous_before);
            }
            auto made = outcome(phase::answered, verdict::ambiguous, "a code that nobody knows");
            made.transport_fault = random.per_mille(300);
            made.stops = random.per_mille(100) ? fault_scope::account : fault_scope::none;
            return made;
        }
        case reaction::refused:
            return outcome(phase::answered, verdict::refused, "a final no");
        case reaction::busy:
            return outcome(phase::answered, verdict::not_executed, "busy");
        case reaction::banned:
            return banned();
        case reaction::account_fault: {
            const bool whole = side_.bad_secrets || random.per_mille(500);
            auto made = outcome(phase::answered, verdict::not_executed, "a fault of the account");
            made.stops = whole ? fault_scope::account : fault_scope::method;
            return made;
        }
        case reaction::retry_once: {
            auto made = outcome(phase::answered, verdict::not_executed, "timestamp");
            made.retry_once = true;
            return made;
        }
        case reaction::host_down:
            return unreachable();
        case reaction::foreign:
            return foreign();
    }
    return execute(of, ambiguous_before);
}

attempt_outcome simulated_account::banned() {
    auto made = outcome(phase::answered, verdict::not_executed, "call limit");
    made.ban = std::chrono::milliseconds(scenario_.random.between(1'000, 30'000));
    made.ban_guessed = scenario_.random.per_mille(300);
    scenario_.reached.count(seen::ban_named);
    if (!made.ban_guessed && scenario_.random.per_mille(scenario_.settings.long_bans)) {
        made.ban = std::chrono::seconds(999'999);
        made.ban_doubted = true;
        scenario_.reached.count(seen::ban_doubted);
    }
    return made;
}

attempt_outcome simulated_account::unreachable() {
    if (scenario_.timeline.now() >= side_.down_until) {
        side_.down_until = scenario_.timeline.now() + scenario_.up_to(std::chrono::seconds(20));
    }
    const bool sent = scenario_.random.per_mille(400);
    auto made = outcome(
        sent ? phase::maybe_sent : phase::not_sent,
        sent ? verdict::ambiguous : verdict::not_executed,
        "the host is down"
    );
    made.transport_fault = true;
    return made;
}

// A proxy's block page, a captive portal or a redirection: not in the platform's shape, so that
// nobody knows what became of the request; nothing, in truth.
attempt_outcome simulated_account::foreign() {
    const auto now = scenario_.timeline.now();
    if (now >= side_.foreign_until) {
        side_.foreign_since = now;
        side_.foreign_until = now + scenario_.up_to(std::chrono::seconds(60));
        side_.foreign_asks = scenario_.random.per_mille(scenario_.settings.asks_to_wait);
        scenario_.note("platform", "another host answers for ", name_.str());
    }
    scenario_.reached.count(seen::foreign_host_answered);
    auto made = outcome(phase::answered, verdict::ambiguous, "HTML from another host");
    made.transport_fault = true;
    if (side_.foreign_asks) {
        made.detail = "429 with Retry-After";
        made.hold = std::chrono::milliseconds(scenario_.random.between(1'000, 600'000));
        scenario_.reached.count(seen::host_asks_to_wait);
    }
    return made;
}

// The three real methods answer a repeated request each in its own way.
attempt_outcome simulated_account::execute(wish& of, bool ambiguous_before) {
    auto done = outcome(phase::answered, verdict::executed, "done");
    done.result = "{\"wish\":" + std::to_string(of.number) + "}";
    switch (of.what) {
        case kind::ticket:
            judge_.on_effect(of);
            return done;
        case kind::total: {
            const auto before = side_.totals.find(of.order);
            if (before != side_.totals.end()) {
                judge_.on_total_set(of, scenario_.wishes[before->second]);
            }
            side_.totals[of.order] = of.number;
            if (side_.raised.insert(of.number).second) {
                judge_.on_effect(of);
            }
            return done;
        }
        case kind::voucher:
        case kind::eticket:
            break;
    }
    const auto [at, first] = side_.done.try_emplace(*of.natural, of.number);
    if (first) {
        judge_.on_effect(of);
        return done;
    }
    if (of.what == kind::voucher && at->second == of.number) {
        return done;
    }
    if (of.what == kind::eticket && ambiguous_before && at->second == of.number) {
        scenario_.reached.count(seen::already_sent);
        return done;
    }
    return outcome(phase::answered, verdict::refused, "the natural key was used by another");
}

}  // namespace gateway::simulation
