#include "redemption/engine/operator_actions.hpp"

#include <utility>

#include "redemption/engine/outcomes.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;

// An operator's word about a redemption at work waits for the attempt under way. It stands when the
// operator has waited this long, but is told as pending.
constexpr seconds operator_patience{30};

}  // namespace

boost::asio::awaitable<operate_outcome> operator_desk::resolve(
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
    settlement what;
    what.state = to;
    what.history = history_of("resolve", note, who, to);
    what.error = to == state::succeeded ? std::nullopt : live->what.error;
    if (to == state::succeeded) {
        what.confirmed = live->what.totals;
    }
    auto outcome = co_await settle_taken(live, std::move(what));
    leave(*live);
    co_return outcome;
}

boost::asio::awaitable<operate_outcome> operator_desk::retry(
    redemption_id id, std::string note, std::string who
) {
    if (const auto live = table_.find(id); live && live->accepted) {
        co_return not_allowed_now{live->what, "it is being worked on already"};
    }
    auto taken = co_await take_unknown(id, "only an unknown redemption can be sent again by hand");
    if (!std::holds_alternative<live_ptr>(taken)) {
        co_return refusal_of(std::move(taken));
    }
    const auto live = std::get<live_ptr>(taken);
    if (!accounts_.serves(live->what.account)) {
        leave(*live);
        co_return not_allowed_now{live->what, "its account is not configured any more"};
    }
    settlement what;
    what.state = state::pending;
    what.history = history_of("retry", note, who, state::pending);
    what.error = live->what.error;
    what.expires_at = context_.time.wall_now() + live->what.lifetime;
    scheduler_.enqueue(*live);  // first, so that its order is the one that the journal keeps
    auto outcome = co_await settle_taken(live, std::move(what));
    if (!std::holds_alternative<standing>(outcome)) {
        leave(*live);
        co_return outcome;
    }
    context_.spawn(driver_.drive(live, driver::entry::retried));
    co_return outcome;
}

// Puts an unknown redemption into the table, so that one operator at a time works on it. What was
// read may be old by now: the journal looks again when the word is written.
boost::asio::awaitable<operator_desk::taken> operator_desk::take_unknown(
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

operate_outcome operator_desk::refusal_of(taken what) {
    if (auto* refused = std::get_if<not_allowed_now>(&what)) {
        return std::move(*refused);
    }
    if (auto* why = std::get_if<unavailable>(&what)) {
        return std::move(*why);
    }
    return not_found{};
}

history_entry operator_desk::history_of(
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

boost::asio::awaitable<operate_outcome> operator_desk::settle_taken(
    live_ptr live, settlement what
) {
    what.id = live->what.id;
    what.at = context_.time.wall_now();
    auto outcome = co_await context_.journal.decide(what, live->what.updated_at);
    if (!outcome) {
        co_return journal_unavailable(outcome.error());
    }
    if (auto* changed = std::get_if<changed_meanwhile>(&*outcome)) {
        live->what = std::move(changed->existing);
        co_return not_allowed_now{live->what, "another operator's word came first"};
    }
    if (what.state == state::pending) {
        scheduler_.merge_orders(*live, std::get<decided>(*outcome).order_aliases);
    }
    const auto before = live->what.state;
    apply(live->what, what);
    live->accepted = true;
    live->changed.notify();
    context_.probe.redemption_state(live->what, before);
    co_return standing_of(*live, context_.time.now());
}

void operator_desk::leave(live_redemption& live) {
    live.accepted = true;
    scheduler_.finish(live);
}

boost::asio::awaitable<operate_outcome> operator_desk::resolve_live(
    live_ptr live, operator_word word
) {
    if (!has_ambiguous_attempt(live->what)) {
        co_return not_allowed_now{live->what, "no attempt of it is ambiguous"};
    }
    if (live->word) {
        co_return not_allowed_now{live->what, "another operator is resolving it just now"};
    }
    const auto to = word.to;
    live->word = std::move(word);
    live->wake.notify();
    const auto patience = context_.time.now() + operator_patience;
    while (!live->ended && context_.time.now() < patience) {
        co_await live->changed.wait_until(context_.time, patience);
    }
    if (live->ended && live->what.state != to) {
        co_return not_allowed_now{live->what, "the platform's answer came first"};
    }
    co_return standing_of(*live, context_.time.now());
}

}  // namespace gateway::redemption
