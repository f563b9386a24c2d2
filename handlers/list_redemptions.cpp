#include "handlers/list_query.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/redemption_json.hpp"
#include "handlers/resources.hpp"

namespace gateway::handlers {
namespace {

class list_redemptions final : public handler {
public:
    list_redemptions(redemption::service& service, std::chrono::hours retention)
        : service_(service), retention_(retention) {}

    asio::awaitable<net::http_response> handle(const request_context& context) override {
        auto reading = read_list_query(context.query);
        if (const auto* fault = std::get_if<problem>(&reading)) {
            co_return to_response(*fault);
        }
        auto& filter = std::get<redemption::list_filter>(reading);
        auto reader = visible_to(context.caller);
        filter.caller = std::move(reader.caller);
        filter.accounts = std::move(reader.accounts);
        const auto limit = filter.limit;
        // One more record than requested shows whether another page follows.
        filter.limit = limit + 1;
        auto outcome = co_await service_.list(std::move(filter));
        if (const auto* no = std::get_if<redemption::unavailable>(&outcome)) {
            co_return to_response(problem_of(*no));
        }
        co_return page_of(std::move(std::get<std::vector<redemption::record>>(outcome)), limit);
    }

private:
    net::http_response page_of(std::vector<redemption::record> found, std::size_t limit) const {
        std::optional<redemption::redemption_id> next;
        if (found.size() > limit) {
            found.resize(limit);
            next = found.back().id;
        }
        net::http_response response;
        response.headers.add("Content-Type", "application/json");
        response.body = to_json(found, next, retention_);
        return response;
    }

    redemption::service& service_;
    std::chrono::hours retention_;
};

}  // namespace

std::unique_ptr<handler> make_list_redemptions(
    redemption::service& service, std::chrono::hours retention
) {
    return std::make_unique<list_redemptions>(service, retention);
}

}  // namespace gateway::handlers
