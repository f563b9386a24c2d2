#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "net/http_client.hpp"
#include "platform_clients/alipay/probe.hpp"

namespace gateway::alipay::testing {

// The account's gateway without a wire: `answer` decides what becomes of each request.
class fake_gateway final : public net::http_client {
public:
    using answering = std::function<net::exchange_outcome(const net::http_request&)>;

    explicit fake_gateway(answering answer) : answer_(std::move(answer)) {}

    net::asio::awaitable<net::exchange_outcome> exchange(
        const net::http_request& request, const net::exchange_options& options
    ) override {
        requests.push_back(request);
        last_options = options;
        auto outcome = answer_(request);
        outcome.begun = std::chrono::steady_clock::now();
        co_return outcome;
    }
    std::size_t open_connections() const noexcept override { return 0; }
    void close_idle() noexcept override {}
    void replace_trust(net::tls_client_context) override {}
    void replace_proxy_credentials(base::secret_text) override {}

    std::vector<net::http_request> requests;
    net::exchange_options last_options;

private:
    answering answer_;
};

inline net::exchange_outcome answered(
    std::string body, unsigned status = 200, net::header_list headers = {}
) {
    net::exchange_outcome outcome;
    outcome.phase = net::send_phase::answered;
    outcome.response.status = status;
    outcome.response.headers = std::move(headers);
    outcome.response.body = std::move(body);
    return outcome;
}

inline net::exchange_outcome broken(net::send_phase phase, net::error_code error) {
    net::exchange_outcome outcome;
    outcome.phase = phase;
    outcome.error = error;
    outcome.detail = "reading the answer of the gateway failed";
    return outcome;
}

// Remembers what the client reported.
class remembering_probe final : public probe {
public:
    void signature_refused(const redemption::account_name&, const base::redacted_text& diagnosis)
        override {
        refused.emplace_back(diagnosis);
    }
    void answer_not_trusted(const redemption::account_name&, const base::redacted_text& reason)
        override {
        not_trusted.emplace_back(reason);
    }
    void clock_refused(const redemption::account_name&, const base::redacted_text& said) override {
        clocks.emplace_back(said);
    }
    void slashes_respelled(const redemption::account_name&) override { ++respelled; }
    void certificate_learned(const redemption::account_name&, const certificate_facts& one)
        override {
        learned.emplace_back(one.sn, one.not_after);
    }

    std::vector<std::string> refused;
    std::vector<std::string> not_trusted;
    std::vector<std::string> clocks;
    int respelled = 0;
    std::vector<std::pair<std::string, std::chrono::system_clock::time_point>> learned;
};

}  // namespace gateway::alipay::testing
