#include "handlers/account_json.hpp"
#include "handlers/json_body.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/resources.hpp"
#include "text/object_reader.hpp"

namespace gateway::handlers {
namespace {

using net::http_response;
using redemption::method_name;

struct try_request {
    std::optional<method_name> method;
};

// {"method": "…"}, {} or nothing at all.
std::variant<try_request, problem> read_try_body(
    std::string_view body, const redemption::directory& known
) {
    if (body.empty()) {
        return try_request{};
    }
    auto reading = read_json_object(body);
    if (auto* fault = std::get_if<problem>(&reading)) {
        return std::move(*fault);
    }
    text::fault_list faults;
    text::object_reader reader(std::get<boost::json::object>(reading), "", faults);
    try_request out;
    if (auto name = reader.text("method")) {
        if (!known.method(*name)) {
            reader.fault("method", "is not a known method");
        }
        out.method = method_name(std::move(*name));
    }
    reader.refuse_unknown();
    if (!faults.empty()) {
        return invalid_body(std::move(faults));
    }
    return out;
}

class try_account_now final : public handler {
public:
    try_account_now(
        redemption::service& service,
        const redemption::directory& directory,
        const account_certificates& certificates
    )
        : service_(service), directory_(directory), writer_(directory, certificates) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto body = read_try_body(context.request.body, directory_);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        redemption::account_name account{std::string(context.id)};
        if (!context.caller.may_use(account)) {
            co_return no_such_account();
        }
        const auto outcome = co_await service_.try_now(
            std::move(account), std::get<try_request>(body).method, context.caller.name.str()
        );
        if (const auto* health = std::get_if<redemption::account_health>(&outcome)) {
            co_return answer_of(*health);
        }
        if (const auto* why = std::get_if<redemption::unavailable>(&outcome)) {
            co_return to_response(problem_of(*why));
        }
        co_return no_such_account();
    }

private:
    static http_response no_such_account() {
        problem out;
        out.kind = problem_kind::no_such_resource;
        out.detail = "No such account is configured";
        return to_response(out);
    }

    http_response answer_of(const redemption::account_health& health) const {
        text::json_writer out;
        writer_.write(out, health);
        http_response response;
        response.headers.add("Content-Type", "application/json");
        response.body = out.str();
        return response;
    }

    redemption::service& service_;
    const redemption::directory& directory_;
    account_writer writer_;
};

}  // namespace

std::unique_ptr<handler> make_try_account_now(
    redemption::service& service,
    const redemption::directory& directory,
    const account_certificates& certificates
) {
    return std::make_unique<try_account_now>(service, directory, certificates);
}

}  // namespace gateway::handlers
