#include "redemption/engine/operator_actions.hpp"

#include <exception>
#include <utility>

#include "redemption/engine/outcomes.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;

// How long an operator waits for the attempt under way when resolving a redemption at work. After
// that the answer is `pending`, and the resolution is applied later.
constexpr seconds operator_wait{30};
constexpr std::string_view not_configured =
    "its account is not configured, so that it cannot be sent; it can be resolved";

}  // namespace

boost::asio::awaitable<operate_outcome> operator_actions::resolve(
    redemption_id id, state to, std::string note, std::string who
) {
    if (const auto live = table_.find(id); live && live->accepted) {
        auto outcome =
            co_await resolve_live(live, {.to = to, .note = std::move(note), .who = std::move(who)});
        co_return outcome;
    }
    auto taken = co_await take_unknown(
        id,
        "only an unknown redemption, or a pending one with an "
        "ambiguous attempt, can be resolved"
    );
    if (!std::holds_alternative<live_ptr>(taken)) {
        co_return refusal_of(std::move(taken));
    }
    const auto live = std::get<live_ptr>(taken);
    auto what = resolved(live->record, history_of("resolve", note, who, to));
    auto outcome = co_await settle_taken(live, std::move(what));
    leave(*live);
    co_return outcome;
}

boost::asio::awaitable<operate_outcome> operator_actions::retry(
    redemption_id id, std::string note, std::string who
) {
    if (const auto live = table_.find(id); live && live->accepted) {
        const bool served = accounts_.serves(live->record.account);
        co_return not_allowed_now{
            live->record, served ? "it is being worked on already" : std::string(not_configured)
        };
    }
    auto taken = co_await take_unknown(id, "only an unknown redemption can be sent again by hand");
    if (!std::holds_alternative<live_ptr>(taken)) {
        co_return refusal_of(std::move(taken));
    }
    const auto live = std::get<live_ptr>(taken);
    if (!accounts_.serves(live->record.account)) {
        leave(*live);
        co_return not_allowed_now{live->record, std::string(not_configured)};
    }
    auto what = retried(live->record, history_of("retry", note, who, state::pending));
    scheduler_.enqueue(*live);  // first, so that its order is the one that the journal keeps
    auto outcome = co_await settle_taken(live, std::move(what));
    if (!std::holds_alternative<redemption_snapshot>(outcome)) {
        leave(*live);
        co_return outcome;
    }
    context_.spawn(driver_.drive(live, driver::entry::retried));
    co_return outcome;
}

// Puts an unknown redemption into the table, so that one operator at a time works on it. What was
// read may be old by now: the journal checks again when the action is written.
boost::asio::awaitable<operator_actions::taken> operator_actions::take_unknown(
    redemption_id id, std::string otherwise
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
    if (what.state != state::unknown) {
        co_return not_allowed_now{std::move(what), std::move(otherwise)};
    }
    if (table_.find(what.id) || table_.find(what.caller, what.key)) {
        co_return not_allowed_now{std::move(what), "another request is working on it just now"};
    }
    auto live = table_.make(std::move(what));
    table_.add(live);
    co_return live;
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
    journal_result<decide_outcome> outcome = journal_error{};
    try {
        outcome = co_await context_.journal.decide(what, live->record.updated_at);
    } catch (...) {
        fault = std::current_exception();
    }
    if (fault) {
        leave(*live);  // or it would block its key until the next start
        std::rethrow_exception(fault);
    }
    if (!outcome) {
        co_return journal_unavailable(outcome.error());
    }
    if (auto* changed = std::get_if<changed_meanwhile>(&*outcome)) {
        live->record = std::move(changed->existing);
        co_return not_allowed_now{live->record, "another operator's action came first"};
    }
    if (what.state == state::pending) {
        scheduler_.merge_orders(*live, std::get<decided>(*outcome).order_aliases);
    }
    const auto before = live->record.state;
    apply(live->record, what);
    live->accepted = true;
    live->changed.notify();
    context_.probe.redemption_state(live->record, before);
    co_return snapshot_of(*live, context_.time.now());
}

void operator_actions::leave(live_redemption& live) {
    live.accepted = true;
    scheduler_.finish(live);
}

boost::asio::awaitable<operate_outcome> operator_actions::resolve_live(
    live_ptr live, operator_resolution resolution
) {
    if (!has_ambiguous_attempt(live->record)) {
        co_return not_allowed_now{live->record, "no attempt of it is ambiguous"};
    }
    if (live->pending_resolution) {
        co_return not_allowed_now{live->record, "another operator is resolving it just now"};
    }
    const auto to = resolution.to;
    live->pending_resolution = std::move(resolution);
    live->wake.notify();
    const auto limit = context_.time.now() + operator_wait;
    while (!live->ended && context_.time.now() < limit) {
        co_await live->changed.wait_until(context_.time, limit);
    }
    if (live->ended && live->record.state != to) {
        co_return not_allowed_now{live->record, "the platform's answer came first"};
    }
    co_return snapshot_of(*live, context_.time.now());
}

}  // namespace gateway::redemption
