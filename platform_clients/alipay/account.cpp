#include "platform_clients/alipay/account.hpp"

#include <utility>

#include "platform_clients/alipay/method.hpp"
#include "platform_clients/alipay/certificate_finder.hpp"
#include "platform_clients/alipay/masker.hpp"
#include "platform_clients/alipay/signed_request.hpp"
#include "platform_clients/transport_outcome.hpp"

namespace gateway::alipay {
namespace {

namespace asio = boost::asio;
using redemption::attempt_outcome;
using redemption::attempt_request;
using redemption::error_source;
using redemption::phase;
using redemption::verdict;
using signing = std::variant<signing_fault, signed_request>;

// Runs on a worker: values in, a value out.
asio::awaitable<signing> sign_job(
    credentials_ptr who,
    std::string target,
    std::string method,
    redemption::params_text biz_content,
    std::chrono::system_clock::time_point now
) {
    co_return make_signed_request(*who, target, method, biz_content, now);
}

asio::awaitable<answer> read_job(credentials_ptr who, opened_answer opened, public_key alipays) {
    co_return read_answer(opened, alipays, who->type, who->cipher ? &*who->cipher : nullptr);
}

// A node's member name: the method's with underscores (open platform docs, "响应参数").
std::string node_name_of(std::string_view method) {
    std::string name(method);
    for (char& c : name) {
        c = c == '.' ? '_' : c;
    }
    return name + "_response";
}

attempt_outcome outcome_of_fault(const signing_fault& fault) {
    attempt_outcome outcome;
    outcome.phase = phase::not_sent;
    if (fault.what == signing_fault::kind::not_representable) {
        // It won't get better by waiting.
        outcome.verdict = verdict::refused;
        outcome.source = error_source::caller;
        outcome.detail = "the parameters hold characters that the account's charset lacks";
    } else {
        outcome.verdict = verdict::not_executed;
        outcome.source = error_source::gateway;
        outcome.account_fault = true;
        outcome.detail = "the account's private key failed to sign";
    }
    return outcome;
}

// More wait for a signature than may: the next attempt finds out whether it got better.
attempt_outcome outcome_of_full_queue() {
    attempt_outcome outcome;
    outcome.phase = phase::not_sent;
    outcome.verdict = verdict::not_executed;
    outcome.source = error_source::gateway;
    outcome.detail = "too many requests wait to be signed";
    return outcome;
}

std::optional<base::redacted_text> request_id_of(
    const net::http_response& response, const masker& secrets
) {
    for (const auto name : {"trace_id", "alipay-trace-id"}) {
        if (const auto value = response.headers.find(name)) {
            return secrets.readable(*value, 128);
        }
    }
    return std::nullopt;
}

attempt_outcome outcome_of_success(
    const alipay_method& method, const node_content& node, const masker& secrets
) {
    auto outcome = outcome_of_error(node, meaning::ambiguous, secrets);
    if (node.error_response) {
        outcome.detail = "Alipay answered code 10000 in an error_response";
        return outcome;
    }
    auto reading = method.read_success(node.members);
    if (reading.verdict == verdict::not_executed && !node.sub_code.empty()) {
        outcome.detail = "Alipay answered success with a sub_code and no result";
        return outcome;
    }
    outcome.verdict = reading.verdict;
    outcome.detail = reading.detail;
    outcome.result = std::move(reading.result);
    return outcome;
}

class alipay_account final : public account {
public:
    alipay_account(
        redemption::account_name name, std::string target, credentials_ptr keys, account_parts parts
    )
        : name_(std::move(name)),
          target_(std::move(target)),
          keys_(std::move(keys)),
          parts_(std::move(parts)),
          finder_(name_, target_, parts_.client, parts_.signers, parts_.probe, parts_.time) {}

    const redemption::account_name& name() const noexcept override { return name_; }
    redemption::platform_kind platform() const noexcept override {
        return redemption::platform_kind::alipay;
    }
    void replace_credentials(credentials_ptr fresh) override { keys_ = std::move(fresh); }

    asio::awaitable<attempt_outcome> attempt(attempt_request request) override {
        // The core hands an account only methods of its platform.
        const auto& method = static_cast<const alipay_method&>(*request.method);
        const auto who = keys_;
        const auto params = *request.params;
        auto job = sign_job(who, target_, std::string(method.name()), params, parts_.time.precise_wall_now());
        const auto signing = co_await parts_.signers.try_run(std::move(job));
        if (!signing) {
            co_return outcome_of_full_queue();
        }
        if (const auto* fault = std::get_if<signing_fault>(&*signing)) {
            co_return outcome_of_fault(*fault);
        }
        const auto& ready = std::get<signed_request>(*signing);
        net::exchange_options options;
        options.limit = request.limit;
        options.prefer_fresh = !request.replay_safe;
        auto exchanged = co_await parts_.client.exchange(ready.http, options);
        if (exchanged.phase != net::send_phase::answered) {
            co_return platform_clients::transport_outcome(exchanged);
        }
        const masker secrets(method.secret_members(), params, {who->app_auth_token.reveal()});
        const auto deadline = exchanged.begun + request.limit;
        auto outcome =
            co_await judge(who, method, ready, std::move(exchanged.response), secrets, deadline);
        co_return outcome;
    }

private:
    asio::awaitable<attempt_outcome> judge(
        credentials_ptr who,
        const alipay_method& method,
        const signed_request& sent,
        net::http_response response,
        const masker& secrets,
        net::steady_time deadline
    ) {
        auto request_id = request_id_of(response, secrets);
        const bool host_failed = response.status >= 500;
        answer received;
        if (response.status == 200) {
            received = co_await read(who, method, std::move(response.body), deadline);
        } else {
            received = malformed_answer{
                base::fixed_text("the gateway answered with status ") +
                base::redacted_text::number(response.status)
            };
        }
        auto outcome = outcome_of(received, method, sent, secrets);
        outcome.said.platform_request_id = std::move(request_id);
        outcome.transport_fault = host_failed;
        co_return outcome;
    }

    asio::awaitable<answer> read(
        credentials_ptr who,
        const alipay_method& method,
        std::string body,
        net::steady_time deadline
    ) {
        auto opening = open_answer(std::move(body), node_name_of(method.name()), who->text);
        if (auto* final_answer = std::get_if<answer>(&opening)) {
            co_return std::move(*final_answer);
        }
        auto& opened = std::get<opened_answer>(opening);
        auto alipays = who->alipays;
        if (opened.parts.sign && opened.parts.certificate_sn) {
            auto found = co_await finder_.find(who, *opened.parts.certificate_sn, deadline);
            if (const auto* why_not = std::get_if<base::redacted_text>(&found)) {
                co_return answer(rejected_answer{
                    base::fixed_text("the answer is signed with an unknown certificate: ") +
                    *why_not
                });
            }
            alipays = std::get<public_key>(std::move(found));
        }
        auto job = read_job(who, std::move(opened), std::move(alipays));
        auto received = co_await parts_.signers.run(std::move(job));
        co_return received;
    }

    attempt_outcome outcome_of(
        const answer& received,
        const alipay_method& method,
        const signed_request& sent,
        const masker& secrets
    ) {
        if (const auto* malformed = std::get_if<malformed_answer>(&received)) {
            return not_trusted(malformed->reason);
        }
        if (const auto* rejected = std::get_if<rejected_answer>(&received)) {
            return not_trusted(rejected->reason);
        }
        if (const auto* hint = std::get_if<unsigned_error>(&received)) {
            explain_refused_signature(hint->node, sent, secrets);
            return outcome_of_unsigned(hint->node, method.business_codes(), secrets);
        }
        const auto& verified = std::get<verified_answer>(received);
        if (verified.slashes_unescaped) {
            parts_.probe.slashes_respelled(name_);
        }
        if (verified.node.code == "10000") {
            return outcome_of_success(method, verified.node, secrets);
        }
        explain_refused_signature(verified.node, sent, secrets);
        const auto means = meaning_of(verified.node, method.business_codes());
        return outcome_of_error(verified.node, means, secrets);
    }

    attempt_outcome not_trusted(const base::redacted_text& reason) {
        parts_.probe.answer_not_trusted(name_, reason);
        return outcome_of_unusable(reason);
    }

    void explain_refused_signature(
        const node_content& error, const signed_request& sent, const masker& secrets
    ) {
        if (normalised(error.sub_code) == "INVALID_SIGNATURE") {
            parts_.probe.signature_refused(
                name_, compare_signed_text(sent.signed_text, error.sub_msg, secrets)
            );
        }
    }

    const redemption::account_name name_;
    const std::string target_;
    credentials_ptr keys_;
    account_parts parts_;
    certificate_finder finder_;
};

}  // namespace

std::unique_ptr<account> make_account(
    redemption::account_name name, std::string target, credentials_ptr keys, account_parts parts
) {
    return std::make_unique<alipay_account>(
        std::move(name), std::move(target), std::move(keys), std::move(parts)
    );
}

}  // namespace gateway::alipay
