#include "redemption/engine/operator_actions.hpp"

#include <algorithm>
#include <utility>

#include "redemption/engine/outcomes.hpp"
#include "redemption/late_news.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;

// How long an operator waits until the action is durable: for the attempt under way, or for the
// journal. After that the answer is that it is not recorded yet.
constexpr seconds operator_wait{30};
// The least that an action gets, also at the end of a drain.
constexpr std::chrono::milliseconds last_moment{100};
constexpr base::fixed_text not_configured =
    "its account is not configured, so that it cannot be sent; it can be resolved";
constexpr base::fixed_text still_being_sent =
    "its attempt began less than a minute ago and was broken off, and the process that made it may "
    "still be sending it";

operate_outcome told_again(const record& what) {
    return redemption_snapshot{.record = what};
}

}  // namespace

// The same word of the same operator may come again until it has been answered.
boost::asio::awaitable<operate_outcome> operator_actions::resolve(
    redemption_id id, state to, std::string note, std::string who
) {
    operator_resolution said{.to = to, .note = std::move(note), .who = std::move(who)};
    co_await wait_for_another(id, wait_until());
    const auto live = table_.find(id);
    if (live && live->accepted && live->elsewhere) {
        co_return co_await in_time(resolve_elsewhere(live, std::move(said)));
    }
    if (live && live->accepted) {
        co_return co_await resolve_live(live, std::move(said));
    }
    co_return co_await in_time(resolve_unknown(std::move(id), std::move(said)));
}

boost::asio::awaitable<operate_outcome> operator_actions::retry(
    redemption_id id, std::string note, std::string who
) {
    if (const auto live = table_.find(id); live && live->accepted) {
        const bool served = accounts_.serves(live->record.account);
        co_return not_allowed_now{
            live->record,
            served ? base::fixed_text("it is being worked on already") : not_configured
        };
    }
    co_return co_await in_time(retry_unknown(std::move(id), std::move(note), std::move(who)));
}

boost::asio::awaitable<operate_outcome> operator_actions::resolve_unknown(
    redemption_id id, operator_resolution said
) {
    auto taken = co_await take_unknown(
        id,
        "only an unknown redemption, or a pending one with an "
        "ambiguous attempt, can be resolved"
    );
    if (const auto* refused = std::get_if<not_allowed_now>(&taken);
        refused && resolved_so(refused->record, said)) {
        co_return told_again(refused->record);
    }
    if (auto* refused = std::get_if<not_allowed_now>(&taken);
        refused && refused->record.elsewhere) {
        co_return co_await resolve_elsewhere(follow(std::move(refused->record)), std::move(said));
    }
    if (!std::holds_alternative<live_ptr>(taken)) {
        co_return refusal_of(std::move(taken));
    }
    const auto live = std::get<live_ptr>(taken);
    if (said.to != state::succeeded && may_still_be_sent(live->record)) {
        leave(*live);
        co_return not_allowed_now{live->record, still_being_sent};
    }
    auto what = resolved(live->record, history_of("resolve", said.note, said.who, said.to));
    auto told = co_await settle_taken(live, std::move(what));
    leave(*live);
    if (const auto* refused = std::get_if<not_allowed_now>(&told);
        refused && resolved_so(refused->record, said)) {
        co_return told_again(refused->record);
    }
    co_return told;
}

boost::asio::awaitable<operate_outcome> operator_actions::retry_unknown(
    redemption_id id, std::string note, std::string who
) {
    auto taken = co_await take_unknown(id, "only an unknown redemption can be sent again by hand");
    if (!std::holds_alternative<live_ptr>(taken)) {
        co_return refusal_of(std::move(taken));
    }
    const auto live = std::get<live_ptr>(taken);
    if (auto why = obstacle_to_retry(live->record)) {
        leave(*live);
        co_return not_allowed_now{live->record, std::move(*why)};
    }
    auto what = retried(live->record, history_of("retry", note, who, state::pending));
    live->time = begun(live->record, context_.time.now());
    scheduler_.enqueue(*live);  // first, so that its order is the one that the journal keeps
    auto told = co_await settle_taken(live, std::move(what));
    if (!std::holds_alternative<redemption_snapshot>(told)) {
        leave(*live);
        co_return told;
    }
    context_.spawn(driver_.drive(live, driver::entry::retried));
    co_return told;
}

// The reason why an unknown redemption can't be sent again by hand; none: it can.
std::optional<base::redacted_text> operator_actions::obstacle_to_retry(const record& what) const {
    if (!accounts_.serves(what.account)) {
        return not_configured;
    }
    if (accounts_.app_changed(what)) {
        return base::fixed_text(
                   "its account has another app now, which would not take it for a repetition; the "
                   "one before was "
               ) +
               what.identity;
    }
    if (may_still_be_sent(what)) {
        return still_being_sent;
    }
    return std::nullopt;
}

bool operator_actions::may_still_be_sent(const record& what) const {
    return context_.fellows.shared() && may_be_sent_late(what, context_.time.wall_now());
}

// The action goes on when the operator's wait is over: it may be with a journal that hangs.
boost::asio::awaitable<operate_outcome> operator_actions::in_time(outcome task) {
    const auto of = std::make_shared<open_action>();
    context_.spawn(complete(std::move(task), of));
    const auto until = std::max(wait_until(), context_.time.now() + last_moment);
    while (!of->told && !of->fault && context_.time.now() < until) {
        co_await of->done.wait_until(context_.time, until);
    }
    of->awaited = false;
    if (of->fault) {
        std::rethrow_exception(of->fault);
    }
    if (!of->told) {
        co_return acceptance_pending{};
    }
    co_return std::move(*of->told);
}

boost::asio::awaitable<void> operator_actions::complete(
    outcome task, std::shared_ptr<open_action> of
) {
    try {
        of->told = co_await std::move(task);
    } catch (...) {
        if (!of->awaited) {
            throw;
        }
        of->fault = std::current_exception();
    }
    of->done.notify();
}

// Another operator's action on it is being written.
boost::asio::awaitable<void> operator_actions::wait_for_another(redemption_id id, time until) {
    auto live = table_.find(id);
    while (live && !live->accepted && live->record.state == state::unknown &&
           context_.time.now() < until) {
        co_await live->changed.wait_until(context_.time, until);
        live = table_.find(id);
    }
}

// Puts an unknown redemption into the table, so that one operator at a time works on it. What was
// read may be old by now: the journal checks again when the action is written.
boost::asio::awaitable<operator_actions::taken> operator_actions::take_unknown(
    redemption_id id, base::fixed_text otherwise
) {
    if (driver_.parking()) {
        co_return draining();
    }
    auto found = co_await context_.journal.find(id);
    if (!found) {
        co_return journal_unavailable(found.error());
    }
    if (!*found) {
        co_return not_found{};
    }
    auto& what = **found;
    accounts_.follow_renaming(what);
    if (what.state != state::unknown) {
        co_return not_allowed_now{std::move(what), otherwise};
    }
    if (table_.find(what.id) || table_.find(what.caller, what.key)) {
        co_return not_allowed_now{
            std::move(what), base::fixed_text("another request is working on it just now")
        };
    }
    co_return take_in(std::move(what));
}

operate_outcome operator_actions::refusal_of(taken what) {
    if (auto* refused = std::get_if<not_allowed_now>(&what)) {
        return std::move(*refused);
    }
    if (auto* why = std::get_if<unavailable>(&what)) {
        return std::move(*why);
    }
    return not_found{};
}

history_entry operator_actions::history_of(
    std::string action, std::string note, std::string who, state to
) const {
    return {
        .at = context_.time.wall_now(),
        .who = std::move(who),
        .action = std::move(action),
        .note = std::move(note),
        .from = state::unknown,
        .to = to,
    };
}

boost::asio::awaitable<operate_outcome> operator_actions::settle_taken(
    live_ptr live, settlement what
) {
    std::exception_ptr fault;
    journal_result<decide_outcome> written = journal_error{};
    try {
        written = co_await context_.journal.decide(what, live->record.updated_at);
    } catch (...) {
        fault = std::current_exception();
    }
    if (fault) {
        leave(*live);  // or it would block its key until the next start
        std::rethrow_exception(fault);
    }
    if (!written) {
        if (written.error().in_doubt) {
            co_return acceptance_pending{};
        }
        co_return journal_unavailable(written.error());
    }
    if (auto* changed = std::get_if<changed_meanwhile>(&*written)) {
        live->record = std::move(changed->existing);
        co_return not_allowed_now{
            live->record, base::fixed_text("another operator's action came first")
        };
    }
    if (const auto* falls = std::get_if<total_would_fall>(&*written)) {
        co_return not_allowed_now{live->record, text_of(*falls)};
    }
    if (what.state == state::pending) {
        scheduler_.merge_orders(*live, std::get<decided>(*written).order_aliases);
    }
    const auto before = live->record.state;
    apply(live->record, what);
    live->accepted = true;
    live->changed.notify();
    const auto now = context_.time.now();
    context_.probe.redemption_state(live->record, before, live->time.age(now));
    context_.probe.operator_acted(live->record, *what.history);
    co_return snapshot_of(*live, now);
}

void operator_actions::leave(live_redemption& live) {
    live.accepted = true;
    scheduler_.finish(live);
}

operator_actions::time operator_actions::wait_until() const {
    return std::min(context_.time.now() + operator_wait, answer_by_);
}

// The resolution is applied between attempts; the operator is answered when it is durable.
boost::asio::awaitable<operate_outcome> operator_actions::resolve_live(
    live_ptr live, operator_resolution said
) {
    const auto to = said.to;
    if (auto& pending = live->pending_resolution) {
        if (pending->to != to || pending->who != said.who) {
            co_return not_allowed_now{
                live->record,
                base::fixed_text("another operator's, or another, resolution of it is being written"
                )
            };
        }
    } else if (!has_ambiguous_attempt(live->record)) {
        if (context_.fellows.shared()) {
            // Another process may have taken it over since, and told this one nothing yet.
            co_return co_await in_time(resolve_elsewhere(live, std::move(said)));
        }
        co_return not_allowed_now{live->record, base::fixed_text("no attempt of it is ambiguous")};
    } else {
        pending = std::move(said);
        live->wake.notify();
    }
    co_return co_await end_of(live, to);
}

// The process that works on it obeys within a second or so, and is not asked to again.
boost::asio::awaitable<operate_outcome> operator_actions::resolve_elsewhere(
    live_ptr live, operator_resolution said
) {
    if (auto refused = co_await obstacle_to_word(live->record.id, said)) {
        co_return std::move(*refused);
    }
    const auto left = co_await context_.journal.leave_word(live->record.id, said);
    if (!left && left.error().in_doubt) {
        co_return acceptance_pending{};
    }
    if (!left) {
        co_return journal_unavailable(left.error());
    }
    if (*left) {
        co_return co_await end_of(live, said.to);
    }
    if (auto refused = co_await obstacle_to_word(live->record.id, said)) {
        co_return std::move(*refused);
    }
    co_return not_allowed_now{
        live->record, base::fixed_text("another resolution of it is being written")
    };
}

// The journal is asked: the record that this process has of one at work elsewhere may be old.
boost::asio::awaitable<std::optional<operate_outcome>> operator_actions::obstacle_to_word(
    redemption_id id, const operator_resolution& said
) {
    auto found = co_await context_.journal.find(id);
    if (!found) {
        co_return journal_unavailable(found.error());
    }
    if (!*found) {
        co_return not_found{};
    }
    auto& now = **found;
    accounts_.follow_renaming(now);
    if (resolved_so(now, said)) {
        co_return told_again(now);
    }
    if (now.state == state::unknown) {
        co_return not_allowed_now{
            std::move(now),
            base::fixed_text("it has become unknown just now; repeat the request in a second")
        };
    }
    if (now.state != state::pending) {
        co_return not_allowed_now{
            std::move(now), base::fixed_text("the platform's answer came first")
        };
    }
    if (!has_ambiguous_attempt(now)) {
        co_return not_allowed_now{
            std::move(now), base::fixed_text("no attempt of it is ambiguous")
        };
    }
    co_return std::nullopt;
}

live_ptr operator_actions::follow(record what) {
    if (auto live = table_.find(what.id)) {
        return live;
    }
    auto live = take_in(std::move(what));
    context_.spawn(driver_.drive(live, driver::entry::followed));
    return live;
}

live_ptr operator_actions::take_in(record what) {
    auto live = table_.make(std::move(what));
    live->time =
        picked_up(live->record, {.steady = context_.time.now(), .wall = context_.time.wall_now()});
    table_.add(live);
    return live;
}

boost::asio::awaitable<operate_outcome> operator_actions::end_of(live_ptr live, state to) {
    const auto until = wait_until();
    while (!live->ended && context_.time.now() < until) {
        co_await live->changed.wait_until(context_.time, until);
    }
    if (!live->ended) {
        co_return acceptance_pending{};
    }
    if (live->record.state == state::pending) {
        co_return draining();  // parked, and the resolution with it
    }
    if (live->record.state != to) {
        co_return not_allowed_now{
            live->record, base::fixed_text("the platform's answer came first")
        };
    }
    co_return snapshot_of(*live, context_.time.now());
}

}  // namespace gateway::redemption
