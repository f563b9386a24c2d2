#include <algorithm>

#include "handlers/create_body.hpp"
#include "handlers/idempotency_key.hpp"
#include "handlers/json_body.hpp"
#include "handlers/prefer.hpp"
#include "handlers/problem.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/resources.hpp"
#include "redemption/redemption_id.hpp"

namespace gateway::handlers {
namespace {

using net::http_response;

constexpr std::chrono::seconds default_wait{10};

http_response wrong_key(const key_fault& fault) {
    problem out;
    out.kind = fault.missing ? problem_kind::idempotency_key_missing
                             : problem_kind::idempotency_key_invalid;
    out.detail = fault.detail;
    return to_response(out);
}

class create_redemption final : public handler {
public:
    create_redemption(
        redemption::service& service,
        const redemption::directory& directory,
        base::runtime& time,
        std::chrono::hours retention
    )
        : service_(service), directory_(directory), time_(time), retention_(retention) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto& headers = context.request.headers;
        const auto key = read_idempotency_key(headers);
        if (const auto* fault = std::get_if<key_fault>(&key)) {
            co_return wrong_key(*fault);
        }
        redemption::submission wish;
        wish.id = redemption::new_redemption_id(context.received_at, time_.random_bits());
        wish.caller = context.caller.name;
        wish.key = std::get<redemption::idempotency_key>(key);
        auto body = read_create_body(context.request.body, directory_, context.caller);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto& asked = std::get<create_wish>(body);
        const auto preference = read_prefer(headers);
        const redemption::caller_wait wait(
            context.received + preference.length(default_wait), context.caller_connection
        );
        if (depends_on_earlier(asked, context.caller)) {
            const auto earlier = co_await service_.find_by_key(wish.caller, wish.key);
            if (const auto refused = refusal(asked, earlier, context.caller)) {
                co_return to_response(*refused);
            }
            if (asked.unfit_codes) {
                const auto& known = std::get<redemption::redemption_snapshot>(earlier).record;
                auto now = co_await service_.find(known.id, {}, wait);
                co_return repeated(std::move(now), known, *asked.unfit_codes, preference);
            }
            if (auto account = account_of(earlier, asked)) {
                asked.account = std::move(account);
            }
        }
        complete(wish, std::move(asked));
        auto outcome = co_await service_.submit(std::move(wish), wait);
        co_await hide_others(outcome, context.caller);
        co_return answer(outcome, preference, retention_);
    }

private:
    // A conflict names the other redemption only to a caller that may read it.
    asio::awaitable<void> hide_others(
        redemption::submit_outcome& outcome, const caller_identity& caller
    ) {
        redemption::redemption_id other;
        if (const auto* taken = std::get_if<redemption::natural_key_in_use>(&outcome)) {
            other = taken->by;
        } else if (const auto* falls = std::get_if<redemption::total_falls>(&outcome)) {
            other = falls->by.value_or(redemption::redemption_id());
        } else if (const auto* reused = std::get_if<redemption::key_reused>(&outcome)) {
            other = reused->by;
        }
        if (other.empty()) {
            co_return;
        }
        const auto found = co_await service_.find(other, visible_to(caller), {});
        if (caller.may(config::role::read) &&
            std::holds_alternative<redemption::redemption_snapshot>(found)) {
            co_return;
        }
        if (auto* taken = std::get_if<redemption::natural_key_in_use>(&outcome)) {
            taken->by = {};
        } else if (auto* falls = std::get_if<redemption::total_falls>(&outcome)) {
            falls->by = std::nullopt;
        } else if (auto* reused = std::get_if<redemption::key_reused>(&outcome)) {
            reused->by = {};
        }
    }

    // Without an account a repetition belongs to that of the earlier request, which may not be the
    // one that the caller would use now. With codes that are refused now it may have been accepted.
    static bool depends_on_earlier(const create_wish& asked, const caller_identity& caller) {
        return !asked.account || (caller.accounts && !asked.account_given) || asked.unfit_codes;
    }

    // Why the wish does not reach the core, with what is known of an earlier one under its key.
    std::optional<problem> refusal(
        const create_wish& asked,
        const redemption::find_outcome& earlier,
        const caller_identity& caller
    ) const {
        if (const auto* why = std::get_if<redemption::unavailable>(&earlier)) {
            return problem_of(*why);
        }
        const auto account = account_of(earlier, asked);
        if (account && is_closed_to(caller, *asked.method, *account)) {
            return forbidden_account(*account);
        }
        if (asked.unfit_codes && !repeats(asked, earlier)) {
            return asked.unfit_codes;
        }
        return account || asked.account ? std::nullopt : std::optional(asked.no_account);
    }

    // A failed redemption would start over, and its codes be sent once more.
    static bool repeats(const create_wish& asked, const redemption::find_outcome& found) {
        const auto* earlier = std::get_if<redemption::redemption_snapshot>(&found);
        return earlier && earlier->record.body == asked.fingerprint &&
               earlier->record.state != redemption::state::failed;
    }

    // The answer of a redemption whose codes an earlier version has accepted.
    http_response repeated(
        redemption::find_outcome now,
        const redemption::record& known,
        const problem& unfit,
        const wait_preference& preference
    ) const {
        if (const auto* why = std::get_if<redemption::unavailable>(&now)) {
            return to_response(problem_of(*why));
        }
        auto* snapshot = std::get_if<redemption::redemption_snapshot>(&now);
        if (!snapshot) {
            return to_response(unfit);
        }
        snapshot->replayed = redemption::is_final(known.state);
        return answer(redemption::submit_outcome(std::move(*snapshot)), preference, retention_);
    }

    // A failed redemption would start over with an account that the caller may not use any more.
    bool is_closed_to(
        const caller_identity& caller,
        const redemption::platform_method& method,
        const redemption::account_name& account
    ) const {
        const auto serving = directory_.accounts_for(method);
        return !caller.may_use(account) &&
               std::find(serving.begin(), serving.end(), account) != serving.end();
    }

    // A repetition must be answered although the accounts changed since: it belongs to the account
    // it was accepted for, which may have been renamed.
    static std::optional<redemption::account_name> account_of(
        const redemption::find_outcome& found, const create_wish& asked
    ) {
        const auto* earlier = std::get_if<redemption::redemption_snapshot>(&found);
        const bool same =
            earlier && (!asked.account_given || *asked.account_given == earlier->record.account ||
                        asked.fingerprint == earlier->record.body);
        return same ? std::optional(earlier->record.account) : std::nullopt;
    }

    static void complete(redemption::submission& wish, create_wish&& asked) {
        wish.method = asked.method;
        wish.account = std::move(*asked.account);
        wish.terms = std::move(asked.terms);
        wish.body = asked.fingerprint;
        wish.expires_in = asked.expires_in;
    }

    redemption::service& service_;
    const redemption::directory& directory_;
    base::runtime& time_;
    std::chrono::hours retention_;
};

}  // namespace

std::unique_ptr<handler> make_create_redemption(
    redemption::service& service,
    const redemption::directory& directory,
    base::runtime& time,
    std::chrono::hours retention
) {
    return std::make_unique<create_redemption>(service, directory, time, retention);
}

}  // namespace gateway::handlers
