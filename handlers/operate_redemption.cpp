#include "handlers/operate_body.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/redemption_path.hpp"
#include "handlers/resources.hpp"

namespace gateway::handlers {
namespace {

using net::http_response;
using redemption::operate_outcome;

// An operator of some accounts acts on their redemptions only; of others it does not learn that
// they exist.
asio::awaitable<std::optional<http_response>> hidden(
    redemption::service& service, const caller_identity& who, const redemption::redemption_id& id
) {
    if (!who.accounts) {
        co_return std::nullopt;
    }
    const redemption::caller_wait at_once(std::chrono::steady_clock::time_point::min());
    const auto found = co_await service.find(id, visible_to(who), at_once);
    if (std::holds_alternative<redemption::redemption_snapshot>(found)) {
        co_return std::nullopt;
    }
    co_return answer(found, wait_preference(), std::chrono::hours(0));
}

class resolve_redemption final : public handler {
public:
    resolve_redemption(redemption::service& service, std::chrono::hours retention)
        : service_(service), retention_(retention) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto body = read_resolve_body(context.request.body);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto id = read_id(context.id);
        if (!id) {
            co_return answer(operate_outcome(redemption::not_found{}), retention_);
        }
        if (auto refused = co_await hidden(service_, context.caller, *id)) {
            co_return std::move(*refused);
        }
        const auto& request = std::get<resolve_request>(body);
        const auto outcome = co_await service_.resolve(
            std::move(*id), request.to, request.note, context.caller.name.str()
        );
        co_return answer(outcome, retention_);
    }

private:
    redemption::service& service_;
    std::chrono::hours retention_;
};

class retry_redemption final : public handler {
public:
    retry_redemption(redemption::service& service, std::chrono::hours retention)
        : service_(service), retention_(retention) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto body = read_retry_body(context.request.body);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto id = read_id(context.id);
        if (!id) {
            co_return answer(operate_outcome(redemption::not_found{}), retention_);
        }
        if (auto refused = co_await hidden(service_, context.caller, *id)) {
            co_return std::move(*refused);
        }
        const auto& request = std::get<retry_request>(body);
        const auto outcome =
            co_await service_.retry(std::move(*id), request.note, context.caller.name.str());
        co_return answer(outcome, retention_);
    }

private:
    redemption::service& service_;
    std::chrono::hours retention_;
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
