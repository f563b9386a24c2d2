#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "handlers/handler.hpp"
#include "redemption/journal_losses.hpp"
#include "redemption/service.hpp"

namespace gateway::support {

// A method whose only rule is that "code" is a text and "count", if there, a number from 1.
class fake_method final : public redemption::platform_method {
public:
    explicit fake_method(base::fixed_text name) : name_(name) {}

    base::fixed_text name() const noexcept override { return name_; }
    redemption::platform_kind platform() const noexcept override {
        return redemption::platform_kind::alipay;
    }
    std::chrono::seconds default_expires_in() const noexcept override {
        return std::chrono::seconds(60);
    }
    redemption::params_reading read(const redemption::params_text& params, text::code_rule codes)
        const override;

private:
    base::fixed_text name_;
};

// Methods "shop.use" (account shop-a), "shop.many" (accounts m-1, m-2), "shop.none" (no account).
class fake_directory final : public redemption::directory {
public:
    const redemption::platform_method* method(std::string_view name) const override;
    std::vector<base::fixed_text> method_names() const override;
    std::vector<redemption::account_name> accounts_for(const redemption::platform_method& method
    ) const override;
    std::chrono::seconds expires_in(const redemption::platform_method&) const override {
        return std::chrono::seconds(77);
    }

    std::map<std::string, std::vector<std::string>, std::less<>> accounts{
        {"shop.use", {"shop-a"}}, {"shop.many", {"m-1", "m-2"}}, {"shop.none", {}}
    };

private:
    fake_method use_{"shop.use"};
    fake_method many_{"shop.many"};
    fake_method none_{"shop.none"};
};

// One loss of four redemptions.
class fake_losses final : public redemption::journal_losses {
public:
    std::optional<redemption::journal_loss> loss() const override {
        return redemption::journal_loss{.number = 3, .missing = 4, .restored = 1};
    }
    boost::asio::awaitable<redemption::journal_result<redemption::journal_loss>> acknowledge_losses(
        std::int64_t up_to, std::string who, std::string note
    ) override {
        said.push_back(std::to_string(up_to) + " " + who + " " + note);
        if (fault) {
            co_return *fault;
        }
        co_return redemption::journal_loss{.number = up_to, .missing = 4, .restored = 1};
    }

    std::vector<std::string> said;
    std::optional<redemption::journal_error> fault;
};

// Gives the outcomes that a test sets and records its calls.
class fake_service final : public redemption::service {
public:
    using time = std::chrono::steady_clock::time_point;

    boost::asio::awaitable<redemption::submit_outcome> submit(
        redemption::submission wish, redemption::caller_wait caller
    ) override;
    boost::asio::awaitable<redemption::find_outcome> find(
        redemption::redemption_id id, redemption::visibility reader, redemption::caller_wait caller
    ) override;
    boost::asio::awaitable<redemption::find_outcome> find_by_key(
        redemption::caller_name caller, redemption::idempotency_key key
    ) override;
    boost::asio::awaitable<redemption::list_outcome> list(redemption::list_filter filter) override;
    boost::asio::awaitable<redemption::operate_outcome> resolve(
        redemption::redemption_id id, redemption::state to, std::string note, std::string who
    ) override;
    boost::asio::awaitable<redemption::operate_outcome> retry(
        redemption::redemption_id id, std::string note, std::string who
    ) override;
    std::vector<redemption::account_health> accounts() const override { return health; }
    boost::asio::awaitable<redemption::try_now_outcome> try_now(
        redemption::account_name account,
        std::optional<redemption::method_name> method,
        std::string who
    ) override;
    std::optional<redemption::unavailable> obstacle() const override { return std::nullopt; }

    redemption::submit_outcome submit_says;
    redemption::find_outcome find_says;
    redemption::find_outcome find_by_key_says = redemption::not_found{};
    redemption::list_outcome list_says;
    redemption::operate_outcome operate_says;
    redemption::try_now_outcome try_now_says = redemption::not_found{};
    std::vector<redemption::account_health> health;
    bool throws = false;

    std::vector<redemption::submission> submitted;
    std::optional<time> until;
    std::optional<redemption::visibility> reader;  // of the last find()
    std::optional<redemption::list_filter> filter;
    std::vector<std::string> orders;  // "resolve <id> failed by ops: note"

private:
    void throw_if_asked() const;
};

// A record as the core would hand it out.
redemption::record sample_record(redemption::state state);

// One request as the session would hand it to a handler; the parts live as long as this object.
class request_builder {
public:
    explicit request_builder(std::string body = {});
    request_builder& header(std::string_view name, std::string_view value);
    request_builder& as(std::string name, std::vector<config::role> roles);

    handlers::request_context context(std::string_view query = {}, std::string_view id = {}) const;

    net::http_request request;
    handlers::caller_identity caller;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
};

}  // namespace gateway::support
