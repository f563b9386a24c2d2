#include "handlers/prefer.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/redemption_path.hpp"
#include "handlers/resources.hpp"

namespace gateway::handlers {
namespace {

class get_redemption final : public handler {
public:
    explicit get_redemption(redemption::service& service) : service_(service) {}

    asio::awaitable<net::http_response> handle(const request_context& context) override {
        const auto preference = read_prefer(context.request.headers);
        auto id = read_id(context.id);
        if (!id) {
            co_return answer(redemption::find_outcome(redemption::not_found{}), preference);
        }
        const redemption::caller_wait wait(
            context.received + preference.length(std::chrono::seconds(0)), context.caller_connection
        );
        const auto outcome =
            co_await service_.find(std::move(*id), visible_to(context.caller), wait);
        co_return answer(outcome, preference);
    }

private:
    redemption::service& service_;
};

}  // namespace

std::unique_ptr<handler> make_get_redemption(redemption::service& service) {
    return std::make_unique<get_redemption>(service);
}

}  // namespace gateway::handlers
