#include "handlers/account_json.hpp"
#include "handlers/resources.hpp"

namespace gateway::handlers {
namespace {

class list_accounts final : public handler {
public:
    list_accounts(
        const redemption::service& service,
        const redemption::directory& directory,
        const account_certificates& certificates
    )
        : service_(service), writer_(directory, certificates) {}

    asio::awaitable<net::http_response> handle(const request_context& context) override {
        text::json_writer out;
        out.begin_object();
        out.begin_array("accounts");
        for (const auto& account : service_.accounts()) {
            if (context.caller.may_use(account.name)) {
                writer_.write(out, account);
            }
        }
        out.end_array();
        out.end_object();
        net::http_response response;
        response.headers.add("Content-Type", "application/json");
        response.body = out.str();
        co_return response;
    }

private:
    const redemption::service& service_;
    account_writer writer_;
};

}  // namespace

std::unique_ptr<handler> make_list_accounts(
    const redemption::service& service,
    const redemption::directory& directory,
    const account_certificates& certificates
) {
    return std::make_unique<list_accounts>(service, directory, certificates);
}

}  // namespace gateway::handlers
