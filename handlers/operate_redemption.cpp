#include "handlers/json_body.hpp"
#include "handlers/media_type.hpp"
#include "handlers/operate_body.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/redemption_path.hpp"
#include "handlers/resources.hpp"

namespace gateway::handlers {
namespace {

using net::http_response;
using redemption::operate_outcome;

bool wrong_type(const net::http_request& request) {
    return !request.body.empty() && !is_json(request.headers.find("Content-Type").value_or(""));
}

class resolve_redemption final : public handler {
public:
    explicit resolve_redemption(redemption::service& service) : service_(service) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        if (wrong_type(context.request)) {
            co_return to_response(wrong_media_type());
        }
        const auto body = read_resolve_body(context.request.body);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto id = read_id(context.id);
        if (!id) {
            co_return answer(operate_outcome(redemption::not_found{}));
        }
        const auto& request = std::get<resolve_request>(body);
        const auto outcome = co_await service_.resolve(
            std::move(*id), request.to, request.note, context.caller.name.str()
        );
        co_return answer(outcome);
    }

private:
    redemption::service& service_;
};

class retry_redemption final : public handler {
public:
    explicit retry_redemption(redemption::service& service) : service_(service) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        if (wrong_type(context.request)) {
            co_return to_response(wrong_media_type());
        }
        const auto body = read_retry_body(context.request.body);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        auto id = read_id(context.id);
        if (!id) {
            co_return answer(operate_outcome(redemption::not_found{}));
        }
        const auto& request = std::get<retry_request>(body);
        const auto outcome =
            co_await service_.retry(std::move(*id), request.note, context.caller.name.str());
        co_return answer(outcome);
    }

private:
    redemption::service& service_;
};

}  // namespace

std::unique_ptr<handler> make_resolve_redemption(redemption::service& service) {
    return std::make_unique<resolve_redemption>(service);
}

std::unique_ptr<handler> make_retry_redemption(redemption::service& service) {
    return std::make_unique<retry_redemption>(service);
}

}  // namespace gateway::handlers
