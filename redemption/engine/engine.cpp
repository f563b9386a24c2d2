#include "redemption/engine/engine.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

#include "redemption/engine/acceptance.hpp"
#include "redemption/engine/caller_names.hpp"
#include "redemption/engine/caller_waits.hpp"
#include "redemption/engine/driver.hpp"
#include "redemption/engine/journal_reads.hpp"
#include "redemption/engine/keeper.hpp"
#include "redemption/engine/operator_actions.hpp"
#include "redemption/engine/outcomes.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t taken_at_once = 1000;

class engine_impl final : public engine {
public:
    engine_impl(core_context context, const std::vector<account_entry>& accounts)
        : context_(std::move(context)),
          accounts_(context_, accounts, table_),
          scheduler_(context_, accounts_, table_),
          driver_(context_, accounts_, scheduler_, table_),
          operators_(context_, table_, accounts_, scheduler_, driver_),
          keeper_(
              context_,
              accounts_,
              table_,
              [this](record what) { begin(std::move(what), driver::entry::picked_up); }
          ),
          waits_(context_, callers_, table_, accounts.size()) {}

    boost::asio::awaitable<submit_outcome> submit(submission wish, caller_wait caller) override {
        const auto accepted_by = context_.time.now() + caller_waits::for_acceptance;
        auto live = waits_.find(wish.caller, wish.key);
        if (live && live->record.body != wish.body) {
            live = co_await waits_.owner_of_key(wish, live, accepted_by);
        }
        if (live && live->record.body != wish.body) {
            const auto& before = live->answered_before;
            if (!live->accepted && before && before->body == wish.body) {
                co_return replay_of(*before);
            }
            if (!live->accepted) {
                co_return key_not_known_yet();
            }
            co_return key_reused{live->record.id};
        }
        if (!live) {
            const auto why = obstacle();
            if (why || !accounts_.serves(wish.account)) {
                auto answered = co_await answered_before(wish, why);
                co_return answered;
            }
            if (const auto refused = refused_by_account(wish)) {
                auto answered = co_await answered_before(wish, saturated(wish.account, *refused));
                if (std::holds_alternative<unavailable>(answered)) {
                    context_.probe.turned_away(wish.account, to_string(refused->reason));
                }
                co_return answered;
            }
            live = begin(new_record(std::move(wish)), driver::entry::fresh);
        }
        co_await waits_.until_accepted(live, std::max(caller.until, accepted_by));
        co_await waits_.until_ended(live, caller);
        co_return co_await answer_now<submit_outcome>(live, answer_of);
    }

    boost::asio::awaitable<find_outcome> find(
        redemption_id id, visibility reader, caller_wait caller
    ) override {
        const auto live = table_.find(id);
        if (live && live->accepted && callers_.is_visible(reader, live->record)) {
            co_await waits_.until_ended(live, caller);
            co_return co_await answer_now<find_outcome>(live, snapshot_of);
        }
        auto found = co_await waits_.in_time(
            read_visible(context_.journal, with_earlier_names(only(id, reader)))
        );
        if (!found) {
            co_return journal_unavailable(found.error());
        }
        if (!*found) {
            co_return not_found{};
        }
        if ((*found)->elsewhere && context_.time.now() < caller.until && !driver_.parking()) {
            const auto followed = follow(std::move(**found));
            co_await waits_.until_ended(followed, caller);
            co_return co_await answer_now<find_outcome>(followed, snapshot_of);
        }
        auto snapshot = shown(std::move(**found));
        if (!callers_.is_visible(reader, snapshot.record)) {
            co_return not_found{};
        }
        co_return snapshot;
    }

    boost::asio::awaitable<find_outcome> find_by_key(caller_name caller, idempotency_key key)
        override {
        if (const auto live = waits_.find(caller, key); live && live->accepted) {
            co_return co_await answer_now<find_outcome>(live, snapshot_of);
        }
        auto found =
            co_await waits_.in_time(read_by_key(context_.journal, callers_.names_of(caller), key));
        if (!found) {
            co_return journal_unavailable(found.error());
        }
        if (!*found) {
            co_return not_found{};
        }
        co_return shown(std::move(**found));
    }

    boost::asio::awaitable<list_outcome> list(list_filter filter) override {
        filter = with_earlier_names(std::move(filter));
        auto found = co_await context_.journal.list(filter);
        if (!found) {
            co_return journal_unavailable(found.error());
        }
        for (auto& what : *found) {
            accounts_.follow_renaming(what);
        }
        co_return std::move(*found);
    }

    boost::asio::awaitable<operate_outcome> resolve(
        redemption_id id, state to, std::string note, std::string who
    ) override {
        return operators_.resolve(std::move(id), to, std::move(note), std::move(who));
    }

    boost::asio::awaitable<operate_outcome> retry(
        redemption_id id, std::string note, std::string who
    ) override {
        return operators_.retry(std::move(id), std::move(note), std::move(who));
    }

    std::vector<account_health> accounts() const override {
        auto all = accounts_.health();
        for (auto& one : all) {
            one.pending = table_.count(one.name);
        }
        for (const auto& [name, pending] : table_.by_account()) {
            if (!accounts_.serves(name)) {
                auto& orphaned = all.emplace_back();
                orphaned.name = name;
                orphaned.configured = false;
                orphaned.pending = pending;
            }
        }
        return all;
    }

    boost::asio::awaitable<try_now_outcome> try_now(
        account_name account, std::optional<method_name> method, std::string who
    ) override {
        if (!accounts_.serves(account)) {
            co_return not_found{};
        }
        // First, so that no restart brings back what the operator was told is lifted.
        const auto lifted = co_await context_.journal.lift_bans(
            scope_of(accounts_.identity_of(account), account), method
        );
        if (!lifted) {
            co_return journal_unavailable(lifted.error());
        }
        context_.probe.account_tried(account, method, who);
        accounts_.try_now(account, method);
        auto health = accounts_.health_of(account);
        health.pending = table_.count(account);
        co_return health;
    }

    std::optional<unavailable> obstacle() const override {
        if (driver_.parking()) {
            return draining();
        }
        if (const auto trouble = context_.journal.trouble()) {
            return journal_unavailable(*trouble);
        }
        return std::nullopt;
    }

    boost::asio::awaitable<journal_result<std::size_t>> pick_up() override {
        for (const auto& known : accounts_.identities()) {
            if (const auto adopted = co_await context_.journal.adopt(known); !adopted) {
                co_return adopted.error();
            }
        }
        if (const auto renewed = co_await keeper_.start(); !renewed) {
            co_return renewed.error();
        }
        auto pending = co_await take_all();
        if (!pending) {
            co_return pending.error();
        }
        const auto bans = co_await context_.journal.load_bans();
        if (!bans) {
            co_return bans.error();
        }
        const auto names = co_await context_.journal.account_names();
        if (!names) {
            co_return names.error();
        }
        accounts_.remember(*bans);
        accounts_.learn_names(*names);
        for (auto& what : *pending) {
            keeper_.resume(std::move(what));
        }
        keeper_.begin_taking();
        for (const auto& [account, count] : table_.by_account()) {
            if (!accounts_.serves(account)) {
                context_.probe.redemptions_orphaned(account, count);
            }
        }
        co_return pending->size();
    }

    void begin_drain(steady_clock::time_point answer_by) override {
        waits_.begin_drain(answer_by);
        operators_.begin_drain(answer_by);
        keeper_.begin_drain();
        driver_.park_all();
        table_.for_each([](live_redemption& live) { live.changed.notify(); });
    }

    void secrets_changed(const account_name& account) override {
        accounts_.secrets_changed(account);
    }

    std::size_t at_work() const override { return table_.size(); }

private:
    // All before any goes to work, so that a failure leaves nothing behind.
    boost::asio::awaitable<journal_result<std::vector<record>>> take_all() {
        std::vector<record> all;
        for (;;) {
            auto page = co_await context_.journal.take(taken_at_once);
            if (!page) {
                co_return page.error();
            }
            if (page->empty()) {
                co_return all;
            }
            std::move(page->begin(), page->end(), std::back_inserter(all));
        }
    }

    // A caller waits for it; one that another request follows already is shared.
    live_ptr follow(record what) {
        if (auto live = table_.find(what.id)) {
            return live;
        }
        return begin(std::move(what), driver::entry::followed);
    }

    live_ptr begin(record what, driver::entry how) {
        auto live = table_.make(std::move(what));
        const moment now{.steady = context_.time.now(), .wall = context_.time.wall_now()};
        live->time = how == driver::entry::fresh ? begun(live->record, now.steady)
                                                 : picked_up(live->record, now);
        table_.add(live);
        if (how != driver::entry::followed) {
            scheduler_.enqueue(*live);
        }
        context_.spawn(driver_.drive(live, how));
        return live;
    }

    // The record of a new wish: for the app of its account, with all its parameters.
    record new_record(submission wish) const {
        const auto& identity = accounts_.identity_of(wish.account);
        auto earlier = callers_.earlier_names_of(wish.caller);
        const auto& oldest = earlier.empty() ? wish.caller : earlier.front();
        wish.method->complete(wish.terms, {identity, oldest, wish.key});
        auto what = record_of(std::move(wish), context_.time.wall_now());
        what.identity = identity;
        what.formerly = std::move(earlier);
        return what;
    }

    list_filter with_earlier_names(list_filter filter) const {
        filter.formerly = callers_.earlier_names_of(filter.caller);
        filter.renamed = accounts_.earlier_names_for(filter);
        return filter;
    }

    std::optional<account_admission::refusal> refused_by_account(const submission& wish) const {
        const method_name method(std::string(wish.method->name()));
        return accounts_.refuses(wish.account, method, wish.expires_in);
    }

    // No caller is told that a redemption is pending after another process told its end, nor that a
    // wish was not taken that may have been executed.
    template <class Outcome, class Known>
    boost::asio::awaitable<Outcome> answer_now(live_ptr live, Known known) {
        auto ended = co_await waits_.ended_elsewhere(live);
        if (!ended) {
            if constexpr (std::is_same_v<Outcome, submit_outcome>) {
                co_return acceptance_pending{};
            } else {
                co_return journal_unavailable(ended.error());
            }
        }
        if (*ended) {
            accounts_.follow_renaming(**ended);
            co_return replay_of(**ended);
        }
        co_return known(*live, context_.time.now());
    }

    // No new wish can be accepted now, but an earlier answer is replayed. `why` is absent when that
    // is for good: the account left the configuration.
    boost::asio::awaitable<submit_outcome> answered_before(
        submission wish, std::optional<unavailable> why
    ) {
        auto found = co_await waits_.in_time(
            read_by_key(context_.journal, callers_.names_of(wish.caller), wish.key)
        );
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
        if (what.state == state::failed) {
            accounts_.follow_renaming(what);
            if (!accounts_.serves(what.account)) {
                co_return account_not_configured{std::move(what)};
            }
            co_return why.value_or(no_longer_served());
        }
        if (what.state == state::pending) {
            co_return pending_of(std::move(what));
        }
        auto snapshot = shown(std::move(what));
        snapshot.replayed = is_final(snapshot.record.state);
        co_return snapshot;
    }

    // The journal may have the end of a redemption at work here before its driver knows. All
    // callers see what the driver knows, so that no state follows a final one. Of one at work
    // elsewhere the journal knows more.
    redemption_snapshot shown(record durable) const {
        const auto live = table_.find(durable.id);
        if (live && live->accepted && !live->elsewhere) {
            return snapshot_of(*live, context_.time.now());
        }
        accounts_.follow_renaming(durable);
        return {.record = std::move(durable)};
    }

    // As the journal had it. It gets a driver if it has none.
    redemption_snapshot pending_of(record what) {
        if (const auto live = table_.find(what.id)) {
            return snapshot_of(*live, context_.time.now());
        }
        accounts_.follow_renaming(what);
        if (!driver_.parking() && !what.elsewhere && !table_.find(what.caller, what.key)) {
            begin(what, driver::entry::again);
        }
        return {.record = std::move(what)};
    }

    core_context context_;
    const caller_names callers_{context_.formerly};
    live_table table_;
    account_registry accounts_;
    scheduler scheduler_;
    driver driver_;
    operator_actions operators_;
    keeper keeper_;
    caller_waits waits_;
};

}  // namespace

std::unique_ptr<engine> make_engine(core_context context, std::vector<account_entry> accounts) {
    return std::make_unique<engine_impl>(std::move(context), accounts);
}

}  // namespace gateway::redemption
