#include "redemption/engine.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "redemption/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// How long taking a wish into the journal may hold up a caller who asked for a shorter wait.
constexpr seconds journal_patience{2};
// An operator's word about a redemption at work waits for the attempt under way. It stands when the
// operator has waited this long, but is told as pending.
constexpr seconds operator_patience{30};

unavailable journal_unavailable(const journal_error& error) {
    return {unavailable::why::journal, error.reason, seconds(1)};
}

// The journal forgot it between the look for its account and this one.
unavailable no_longer_served() {
    return {unavailable::why::journal, "no account serves it any more", seconds(1)};
}

unavailable draining() {
    return {unavailable::why::draining, "the gateway is shutting down", seconds(1)};
}

seconds ask_again(const live_redemption& live) {
    const auto left = std::chrono::ceil<seconds>(live.not_before - steady_clock::now());
    return std::clamp(left, seconds(1), seconds(60));
}

standing standing_of(const live_redemption& live) {
    return {.what = live.what, .replayed = live.replayed, .ask_again = ask_again(live)};
}

// When a wish can't be sent in time, or is one too many.
unavailable saturated(const account_name& account, const account_gate::refusal& why) {
    using why_not = account_gate::why_not;
    std::string detail = "account " + account.str();
    switch (why.reason) {
        case why_not::queue_full:
            detail += " has as many redemptions waiting as it may";
            break;
        case why_not::rate:
            detail += " has more redemptions waiting than it may send before this one expires";
            break;
        case why_not::ban:
            detail += " is banned from this method by the platform until after this one expires";
            break;
        case why_not::breaker:
            detail +=
                " does not reach its platform and leaves it alone until after this one expires";
            break;
    }
    const auto again = std::chrono::ceil<seconds>(why.again);
    return {unavailable::why::saturated, std::move(detail), std::max(again, seconds(1))};
}

submit_outcome answer_of(const live_redemption& live) {
    if (live.refused) {
        return std::visit([](const auto& why) -> submit_outcome { return why; }, *live.refused);
    }
    if (!live.accepted) {
        return unavailable{
            unavailable::why::journal, "the journal has not taken the redemption yet", seconds(1)
        };
    }
    return standing_of(live);
}

record record_of(submission wish, time_point now) {
    record what;
    what.id = std::move(wish.id);
    what.caller = std::move(wish.caller);
    what.key = std::move(wish.key);
    what.body = wish.body;
    what.method = method_name(std::string(wish.method->name()));
    what.account = std::move(wish.account);
    what.params = std::move(wish.terms.params);
    what.natural = std::move(wish.terms.natural);
    what.orders = std::move(wish.terms.orders);
    what.totals = std::move(wish.terms.totals);
    what.replay_safe = wish.terms.replay_safe;
    what.created_at = now;
    what.updated_at = now;
    what.expires_at = now + wish.expires_in;
    return what;
}

class engine_impl final : public engine {
public:
    engine_impl(core_context context, const std::vector<account_entry>& accounts)
        : context_(context), driver_(std::move(context), accounts, table_) {}

    boost::asio::awaitable<submit_outcome> submit(submission wish, steady_clock::time_point until)
        override {
        auto live = table_.find(wish.caller, wish.key);
        if (live && live->what.body != wish.body) {
            co_return key_reused{live->what.id};
        }
        if (!live) {
            const auto why = obstacle();
            if (why || !driver_.serves(wish.account)) {
                auto answered = co_await answered_before(wish, why);
                co_return answered;
            }
            if (const auto refused = crowded_out(wish)) {
                auto answered = co_await answered_before(wish, saturated(wish.account, *refused));
                if (std::holds_alternative<unavailable>(answered)) {
                    context_.probe.turned_away(wish.account, to_string(refused->reason));
                }
                co_return answered;
            }
            live = begin(record_of(std::move(wish), context_.now()), driver::entry::fresh);
        }
        co_await wait(live, until);
        co_return answer_of(*live);
    }

    boost::asio::awaitable<find_outcome> find(
        redemption_id id, std::optional<caller_name> only, steady_clock::time_point until
    ) override {
        if (const auto live = table_.find(id); live && live->accepted) {
            if (only && live->what.caller != *only) {
                co_return not_found{};
            }
            co_await wait(live, until);
            co_return standing_of(*live);
        }
        auto found = co_await context_.journal.find(id);
        if (!found) {
            co_return journal_unavailable(found.error());
        }
        if (!*found || (only && (*found)->caller != *only)) {
            co_return not_found{};
        }
        co_return standing{.what = std::move(**found)};
    }

    boost::asio::awaitable<find_outcome> find_by_key(caller_name caller, idempotency_key key)
        override {
        if (const auto live = table_.find(caller, key); live && live->accepted) {
            co_return standing_of(*live);
        }
        auto found = co_await context_.journal.find_by_key(caller, key);
        if (!found) {
            co_return journal_unavailable(found.error());
        }
        if (!*found) {
            co_return not_found{};
        }
        co_return standing{.what = std::move(**found)};
    }

    boost::asio::awaitable<list_outcome> list(list_filter filter) override {
        auto found = co_await context_.journal.list(filter);
        if (!found) {
            co_return journal_unavailable(found.error());
        }
        co_return std::move(*found);
    }

    boost::asio::awaitable<operate_outcome> resolve(
        redemption_id id, state to, std::string note, std::string who
    ) override {
        if (const auto live = table_.find(id); live && live->accepted) {
            auto outcome = co_await resolve_live(
                live, {.to = to, .note = std::move(note), .who = std::move(who)}
            );
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

    boost::asio::awaitable<operate_outcome> retry(
        redemption_id id, std::string note, std::string who
    ) override {
        if (const auto live = table_.find(id); live && live->accepted) {
            co_return not_allowed_now{live->what, "it is being worked on already"};
        }
        auto taken =
            co_await take_unknown(id, "only an unknown redemption can be sent again by hand");
        if (!std::holds_alternative<live_ptr>(taken)) {
            co_return refusal_of(std::move(taken));
        }
        const auto live = std::get<live_ptr>(taken);
        if (!driver_.serves(live->what.account)) {
            leave(*live);
            co_return not_allowed_now{live->what, "its account is not configured any more"};
        }
        settlement what;
        what.state = state::pending;
        what.history = history_of("retry", note, who, state::pending);
        what.error = live->what.error;
        what.expires_at = context_.now() + (live->what.expires_at - live->what.created_at);
        auto outcome = co_await settle_taken(live, std::move(what));
        if (!std::holds_alternative<standing>(outcome)) {
            leave(*live);
            co_return outcome;
        }
        driver_.take_place(*live);
        context_.spawn(driver_.drive(live, driver::entry::retried));
        co_return outcome;
    }

    std::vector<account_health> accounts() const override { return driver_.health(); }

    std::optional<unavailable> obstacle() const override {
        if (draining_) {
            return draining();
        }
        if (const auto trouble = context_.journal.trouble()) {
            return journal_unavailable(*trouble);
        }
        return std::nullopt;
    }

    boost::asio::awaitable<journal_result<std::size_t>> pick_up() override {
        auto pending = co_await context_.journal.load_pending();
        if (!pending) {
            co_return pending.error();
        }
        std::size_t taken = 0;
        for (auto& what : *pending) {
            if (!driver_.serves(what.account)) {
                continue;  // its account left the configuration: it stays pending until that is
                           // back
            }
            begin(std::move(what), driver::entry::picked_up);
            ++taken;
        }
        co_return taken;
    }

    void begin_drain(steady_clock::time_point answer_by) override {
        draining_ = true;
        answer_by_ = answer_by;
        driver_.park_all();
        table_.for_each([](live_redemption& live) { live.changed.notify(); });
    }

    void secrets_changed(const account_name& account) override { driver_.secrets_changed(account); }

    std::size_t at_work() const override { return table_.size(); }

private:
    using taken = std::variant<live_ptr, not_found, not_allowed_now, unavailable>;

    live_ptr begin(record what, driver::entry how) {
        auto live = std::make_shared<live_redemption>(context_.loop, std::move(what));
        table_.add(live);
        driver_.take_place(*live);
        context_.spawn(driver_.drive(live, how));
        return live;
    }

    std::optional<account_gate::refusal> crowded_out(const submission& wish) const {
        const method_name method(std::string(wish.method->name()));
        return driver_.refuses(wish.account, method, wish.expires_in);
    }

    // Nobody is told of a redemption before it is durable, however short the wait; but nobody waits
    // longer than asked for a journal that hangs.
    boost::asio::awaitable<void> wait(live_ptr live, steady_clock::time_point until) {
        ++live->callers;
        live->withdrawn = false;
        const auto durable_by = std::max(until, steady_clock::now() + journal_patience);
        while (!live->ended && !live->accepted && steady_clock::now() < durable_by) {
            co_await live->changed.wait_until(durable_by);
        }
        while (!live->ended && steady_clock::now() < std::min(until, answer_by_)) {
            co_await live->changed.wait_until(std::min(until, answer_by_));
        }
        --live->callers;
        live->withdrawn = !live->accepted && live->callers == 0;
    }

    // Nothing new can be taken now, but an answer given before stands. `why` is absent when it is
    // for good: the account left the configuration, so that a failed one can't start over either.
    boost::asio::awaitable<submit_outcome> answered_before(
        submission wish, std::optional<unavailable> why
    ) {
        auto found = co_await context_.journal.find_by_key(wish.caller, wish.key);
        if (!found) {
            co_return why.value_or(journal_unavailable(found.error()));
        }
        if (!*found) {
            co_return why.value_or(no_longer_served());
        }
        auto& what = **found;
        if (what.body != wish.body) {
            co_return key_reused{what.id};
        }
        if (what.state == state::failed && why) {
            co_return *why;
        }
        const bool replayed = is_final(what.state);
        co_return standing{.what = std::move(what), .replayed = replayed};
    }

    // Puts an unknown redemption into the table, so that one operator at a time works on it.
    boost::asio::awaitable<taken> take_unknown(redemption_id id, std::string otherwise) {
        if (draining_) {
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
        auto live = std::make_shared<live_redemption>(context_.loop, std::move(what));
        table_.add(live);
        co_return live;
    }

    static operate_outcome refusal_of(taken what) {
        if (auto* refused = std::get_if<not_allowed_now>(&what)) {
            return std::move(*refused);
        }
        if (auto* why = std::get_if<unavailable>(&what)) {
            return std::move(*why);
        }
        return not_found{};
    }

    history_entry history_of(std::string action, std::string note, std::string who, state to)
        const {
        return {
            .at = context_.now(),
            .who = std::move(who),
            .action = std::move(action),
            .note = std::move(note),
            .from = state::unknown,
            .to = to,
        };
    }

    boost::asio::awaitable<operate_outcome> settle_taken(live_ptr live, settlement what) {
        what.id = live->what.id;
        what.at = context_.now();
        const auto written = co_await context_.journal.settle(what);
        if (!written) {
            co_return journal_unavailable(written.error());
        }
        const auto before = live->what.state;
        apply(live->what, what);
        live->accepted = true;
        live->changed.notify();
        context_.probe.redemption_state(live->what, before);
        co_return standing_of(*live);
    }

    void leave(live_redemption& live) {
        live.accepted = true;
        live.ended = true;
        table_.remove(live);
        live.changed.notify();
    }

    boost::asio::awaitable<operate_outcome> resolve_live(live_ptr live, operator_word word) {
        if (!has_ambiguous_attempt(live->what)) {
            co_return not_allowed_now{live->what, "no attempt of it is ambiguous"};
        }
        if (live->word) {
            co_return not_allowed_now{live->what, "another operator is resolving it just now"};
        }
        const auto to = word.to;
        live->word = std::move(word);
        live->wake.notify();
        const auto patience = steady_clock::now() + operator_patience;
        while (!live->ended && steady_clock::now() < patience) {
            co_await live->changed.wait_until(patience);
        }
        if (live->ended && live->what.state != to) {
            co_return not_allowed_now{live->what, "the platform's answer came first"};
        }
        co_return standing_of(*live);
    }

    core_context context_;
    live_table table_;
    driver driver_;
    bool draining_ = false;
    steady_clock::time_point answer_by_ = steady_clock::time_point::max();
};

}  // namespace

std::unique_ptr<engine> make_engine(core_context context, std::vector<account_entry> accounts) {
    return std::make_unique<engine_impl>(std::move(context), accounts);
}

}  // namespace gateway::redemption
