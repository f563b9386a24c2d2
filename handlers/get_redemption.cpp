#include "handlers/prefer.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/redemption_path.hpp"
#include "handlers/resources.hpp"

namespace gateway::handlers {
namespace {

class get_redemption final : public handler {
public:
    get_redemption(redemption::service& service, std::chrono::hours retention)
        : service_(service), retention_(retention) {}

    asio::awaitable<net::http_response> handle(const request_context& context) override {
        const auto preference = read_prefer(context.request.headers);
        auto id = read_id(context.id);
        if (!id) {
            co_return answer(
                redemption::find_outcome(redemption::not_found{}), preference, retention_
            );
        }
        const redemption::caller_wait wait(
            context.received + preference.length(std::chrono::seconds(0)), context.caller_connection
        );
        const auto outcome =
            co_await service_.find(std::move(*id), visible_to(context.caller), wait);
        co_return answer(outcome, preference, retention_);
    }

private:
    redemption::service& service_;
    std::chrono::hours retention_;
};

}  // namespace

std::unique_ptr<handler> make_get_redemption(
    redemption::service& service, std::chrono::hours retention
) {
    return std::make_unique<get_redemption>(service, retention);
}

}  // namespace gateway::handlers
