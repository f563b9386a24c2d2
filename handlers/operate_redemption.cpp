#include "handlers/operate_body.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/redemption_path.hpp"
#include "handlers/resources.hpp"

namespace gateway::handlers {
namespace {

using net::http_response;
using redemption::redemption_id;
using std::chrono::hours;
using target = std::variant<redemption_id, http_response>;

http_response no_such_redemption() {
    return answer(redemption::find_outcome(redemption::not_found{}), wait_preference(), hours(0));
}

// The redemption that the path names, or the answer to an operator that may not act on it: an
// operator of some accounts does not learn which redemptions the others have.
asio::awaitable<target> target_of(redemption::service& service, const request_context& context) {
    auto id = read_id(context.id);
    if (!id) {
        co_return no_such_redemption();
    }
    if (!context.caller.accounts) {
        co_return std::move(*id);
    }
    const redemption::caller_wait at_once(std::chrono::steady_clock::time_point::min());
    const auto found = co_await service.find(*id, visible_to(context.caller), at_once);
    if (std::holds_alternative<redemption::redemption_snapshot>(found)) {
        co_return std::move(*id);
    }
    co_return answer(found, wait_preference(), hours(0));
}

class resolve_redemption final : public handler {
public:
    resolve_redemption(redemption::service& service, hours retention)
        : service_(service), retention_(retention) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto body = read_resolve_body(context.request.body);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto which = co_await target_of(service_, context);
        if (auto* refused = std::get_if<http_response>(&which)) {
            co_return std::move(*refused);
        }
        const auto& request = std::get<resolve_request>(body);
        const auto outcome = co_await service_.resolve(
            std::get<redemption_id>(std::move(which)),
            request.to,
            request.note,
            context.caller.name.str()
        );
        co_return answer(outcome, operators_action::resolve, retention_);
    }

private:
    redemption::service& service_;
    hours retention_;
};

class retry_redemption final : public handler {
public:
    retry_redemption(redemption::service& service, hours retention)
        : service_(service), retention_(retention) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto body = read_retry_body(context.request.body);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto which = co_await target_of(service_, context);
        if (auto* refused = std::get_if<http_response>(&which)) {
            co_return std::move(*refused);
        }
        const auto outcome = co_await service_.retry(
            std::get<redemption_id>(std::move(which)),
            std::get<retry_request>(body).note,
            context.caller.name.str()
        );
        co_return answer(outcome, operators_action::retry, retention_);
    }

private:
    redemption::service& service_;
    hours retention_;
};

}  // namespace

std::unique_ptr<handler> make_resolve_redemption(
    redemption::service& service, std::chrono::hours retention
) {
    return std::make_unique<resolve_redemption>(service, retention);
}

std::unique_ptr<handler> make_retry_redemption(
    redemption::service& service, std::chrono::hours retention
) {
    return std::make_unique<retry_redemption>(service, retention);
}

}  // namespace gateway::handlers
