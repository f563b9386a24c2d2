#include "handlers/create_body.hpp"
#include "handlers/idempotency_key.hpp"
#include "handlers/json_body.hpp"
#include "handlers/media_type.hpp"
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
        redemption::service& service, const redemption::directory& directory, base::runtime& time
    )
        : service_(service), directory_(directory), time_(time) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto& headers = context.request.headers;
        if (!is_json(headers.find("Content-Type").value_or(""))) {
            co_return to_response(wrong_media_type());
        }
        const auto key = read_idempotency_key(headers);
        if (const auto* fault = std::get_if<key_fault>(&key)) {
            co_return wrong_key(*fault);
        }
        redemption::submission wish;
        wish.id = redemption::new_redemption_id(context.received_at, time_.random_bits());
        wish.caller = context.caller.name;
        wish.key = std::get<redemption::idempotency_key>(key);
        auto body = read_create_body(context.request.body, directory_, wish.id);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto& asked = std::get<create_wish>(body);
        if (!asked.account) {
            const auto earlier = co_await service_.find_by_key(wish.caller, wish.key);
            if (const auto* why = std::get_if<redemption::unavailable>(&earlier)) {
                co_return to_response(problem_of(*why));
            }
            asked.account = account_of(earlier, asked);
        }
        if (!asked.account) {
            co_return to_response(invalid_body({asked.account_fault}));
        }
        complete(wish, std::move(asked));
        const auto preference = read_prefer(headers);
        const redemption::caller_wait wait(
            context.received + preference.length(default_wait), context.caller_connection
        );
        const auto outcome = co_await service_.submit(std::move(wish), wait);
        co_return answer(outcome, preference);
    }

private:
    // A repetition must be answered although the accounts changed since: it belongs to the account
    // it was accepted for.
    static std::optional<redemption::account_name> account_of(
        const redemption::find_outcome& found, const create_wish& asked
    ) {
        const auto* earlier = std::get_if<redemption::redemption_snapshot>(&found);
        const bool same =
            earlier && (!asked.account_given || *asked.account_given == earlier->record.account);
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
};

}  // namespace

std::unique_ptr<handler> make_create_redemption(
    redemption::service& service, const redemption::directory& directory, base::runtime& time
) {
    return std::make_unique<create_redemption>(service, directory, time);
}

}  // namespace gateway::handlers
