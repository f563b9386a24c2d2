#include "tests/handlers/fake_core.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/json/value.hpp>
#include <stdexcept>

#include "text/object_reader.hpp"
#include "text/strict_json.hpp"

namespace gateway::support {

namespace red = redemption;

red::params_reading fake_method::read(const red::params_text& params, text::code_rule codes) const {
    const auto parsed = text::parse_strict(params.reveal());
    text::fault_list faults;
    text::object_reader reader(parsed->as_object(), "", faults, codes);
    const auto code = reader.required_code("code");
    reader.integer("count", {.min = 1});
    reader.refuse_unknown();
    if (!faults.empty()) {
        return faults;
    }
    red::terms terms;
    terms.canonical = params;
    terms.params = params;
    terms.natural = red::natural_key(*code);
    return terms;
}

const red::platform_method* fake_directory::method(std::string_view name) const {
    for (const auto* candidate : {&use_, &many_, &none_}) {
        if (candidate->name() == name) {
            return candidate;
        }
    }
    return nullptr;
}

std::vector<base::fixed_text> fake_directory::method_names() const {
    return {"shop.use", "shop.many", "shop.none"};
}

std::vector<red::account_name> fake_directory::accounts_for(const red::platform_method& method
) const {
    std::vector<red::account_name> out;
    for (const auto& name : accounts.find(method.name().view())->second) {
        out.emplace_back(name);
    }
    return out;
}

boost::asio::awaitable<red::submit_outcome> fake_service::submit(
    red::submission wish, red::caller_wait caller
) {
    submitted.push_back(std::move(wish));
    until = caller.until;
    throw_if_asked();
    co_return submit_says;
}

void fake_service::throw_if_asked() const {
    if (throws) {
        throw std::runtime_error("a bug");
    }
}

boost::asio::awaitable<red::find_outcome> fake_service::find(
    red::redemption_id, red::visibility of, red::caller_wait caller
) {
    reader = std::move(of);
    until = caller.until;
    co_return find_says;
}

boost::asio::awaitable<red::find_outcome> fake_service::find_by_key(
    red::caller_name, red::idempotency_key
) {
    co_return find_by_key_says;
}

boost::asio::awaitable<red::list_outcome> fake_service::list(red::list_filter asked) {
    filter = std::move(asked);
    co_return list_says;
}

boost::asio::awaitable<red::operate_outcome> fake_service::resolve(
    red::redemption_id id, red::state to, std::string note, std::string who
) {
    orders.push_back(
        "resolve " + id.str() + ' ' + std::string(red::to_string(to)) + " by " + who + ": " + note
    );
    throw_if_asked();
    co_return operate_says;
}

boost::asio::awaitable<red::operate_outcome> fake_service::retry(
    red::redemption_id id, std::string note, std::string who
) {
    orders.push_back("retry " + id.str() + " by " + who + ": " + note);
    throw_if_asked();
    co_return operate_says;
}

boost::asio::awaitable<red::try_now_outcome> fake_service::try_now(
    red::account_name account, std::optional<red::method_name> method, std::string who
) {
    orders.push_back(
        "try " + account.str() + ' ' + (method ? method->str() : "all") + " by " + who
    );
    co_return try_now_says;
}

red::record sample_record(red::state state) {
    using std::chrono::milliseconds;
    red::record what;
    what.id = red::redemption_id("01a2016f-fb5a-7000-953c-7a9e5ff6a088");
    what.caller = red::caller_name("pos");
    what.key = red::idempotency_key("key-1");
    what.method = red::method_name("shop.use");
    what.account = red::account_name("shop-a");
    what.params = red::params_text(R"({"code":"secret-code"})");
    what.natural = red::natural_key("n-1");
    what.state = state;
    what.created_at = red::time_point(milliseconds(1'767'323'045'678));
    what.updated_at = what.created_at + milliseconds(1);
    what.expires_at = what.created_at + milliseconds(60'000);
    red::attempt first;
    first.number = 1;
    first.started_at = what.created_at;
    what.attempts.push_back(first);
    return what;
}

request_builder::request_builder(std::string body) {
    request.method = "POST";
    request.target = "/v1/redemptions";
    request.body = std::move(body);
    as("pos", {config::role::redeem, config::role::read});
}

request_builder& request_builder::header(std::string_view name, std::string_view value) {
    request.headers.add(name, value);
    return *this;
}

request_builder& request_builder::as(std::string name, std::vector<config::role> roles) {
    caller = {red::caller_name(std::move(name)), std::move(roles)};
    return *this;
}

handlers::request_context request_builder::context(std::string_view query, std::string_view id)
    const {
    return {request, caller, query, id, received, red::time_point()};
}

}  // namespace gateway::support
