#pragma once

#include <gmock/gmock.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform_clients/taobao/account.hpp"
#include "tests/platform_clients/pinned_time.hpp"
#include "tests/platform_clients/taobao/params_support.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::taobao {

// Answers every exchange with one outcome, after `hold` was cancelled when it is set.
class scripted_client final : public net::http_client {
public:
    boost::asio::awaitable<net::exchange_outcome> exchange(
        const net::http_request& request, const net::exchange_options& options
    ) override {
        requests.push_back(request);
        seen.push_back(options);
        if (hold) {
            boost::system::error_code ignored;
            co_await hold->async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
            );
        }
        co_return next;
    }
    std::size_t open_connections() const noexcept override { return 0; }
    void close_idle() noexcept override {}
    void replace_trust(net::tls_client_context) override {}
    void replace_proxy_credentials(base::secret_text) override {}

    void answer(std::string body, unsigned status = 200) {
        next.phase = net::send_phase::answered;
        next.response.status = status;
        next.response.body = std::move(body);
    }

    net::exchange_outcome next;
    boost::asio::steady_timer* hold = nullptr;
    std::vector<net::http_request> requests;
    std::vector<net::exchange_options> seen;
};

class recording_probe final : public probe {
public:
    void signature_refused(
        const redemption::account_name& account, const base::redacted_text& signed_text
    ) override {
        refused.push_back(account.str() + ": " + std::string(signed_text));
    }
    void answer_not_trusted(
        const redemption::account_name& account, const base::redacted_text& reason
    ) override {
        not_trusted.push_back(account.str() + ": " + std::string(reason));
    }
    void clock_refused(const redemption::account_name&, const base::redacted_text& said) override {
        clocks.emplace_back(said);
    }
    std::vector<std::string> clocks;
    std::vector<std::string> refused;
    std::vector<std::string> not_trusted;
};

inline constexpr std::string_view send_params =
    R"({"isv_ma_list":[{"code":"abc123456","num":1}],"outer_id":"1753340805138544","token":"t0"})";
inline constexpr std::string_view verify_params =
    R"({"order_id":12345678,"voucher_infos":[{"confirm_code":"2516352","used_quantity":1}]})";

class TopAccount : public ::testing::Test {
protected:
    static credentials keys(std::string secret, std::string session) {
        return {
            "12345678", base::secret_text(std::move(secret)), base::secret_text(std::move(session))
        };
    }

    platform_clients::testing::pinned_time time{
        std::chrono::system_clock::time_point(std::chrono::seconds(1714523400))
    };

    std::unique_ptr<account> make(std::string session = "6100session") {
        return make_account(
            redemption::account_name("fliggy"),
            config::top_sign_method::hmac_sha256,
            keys("helloworld", std::move(session)),
            {client, watcher, time}
        );
    }

    redemption::attempt_request asks(const client_method& method, std::string_view params) {
        redemption::attempt_request request;
        request.method = &method;
        recorded.push_back(std::make_unique<redemption::params_text>(std::string(params)));
        request.params = recorded.back().get();
        request.limit = std::chrono::seconds(7);
        return request;
    }

    std::vector<std::unique_ptr<redemption::params_text>> recorded;

    redemption::attempt_outcome run(account& from, const redemption::attempt_request& request) {
        return support::run_coro([&](auto) { return from.attempt(request); });
    }

    redemption::attempt_outcome sends(std::string_view params = send_params) {
        const auto from = make();
        return run(*from, asks(send, params));
    }

    const client_method& send = method_named("taobao.eticket.merchant.ma.send");
    const client_method& verify = method_named("taobao.travel.ticket.order.verify");
    scripted_client client;
    recording_probe watcher;
};

// Name and decoded value of one parameter of a form body.
inline std::optional<std::string> field(const std::string& body, const std::string& name) {
    const auto whole = '&' + body;
    const auto at = whole.find('&' + name + '=');
    if (at == std::string::npos) {
        return std::nullopt;
    }
    std::string value;
    for (auto i = at + name.size() + 2; i < whole.size() && whole[i] != '&'; ++i) {
        if (whole[i] == '%') {
            value += static_cast<char>(std::stoi(whole.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            value += whole[i] == '+' ? ' ' : whole[i];
        }
    }
    return value;
}

}  // namespace gateway::taobao
