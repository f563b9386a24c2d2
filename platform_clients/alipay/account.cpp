#include "platform_clients/alipay/account.hpp"

#include <utility>

#include "platform_clients/alipay/certificate_finder.hpp"
#include "platform_clients/alipay/diagnosis.hpp"
#include "platform_clients/alipay/masker.hpp"
#include "platform_clients/alipay/method.hpp"
#include "platform_clients/alipay/signed_request.hpp"
#include "platform_clients/clock_refusals.hpp"
#include "platform_clients/foreign_answer.hpp"
#include "platform_clients/retry_after.hpp"
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
    credentials_ptr keys,
    std::string target,
    std::string method,
    redemption::params_text biz_content,
    std::chrono::system_clock::time_point now
) {
    co_return make_signed_request(*keys, target, method, biz_content, now);
}

asio::awaitable<answer> read_job(credentials_ptr keys, opened_answer opened, public_key alipays) {
    co_return read_answer(opened, alipays, keys->type, keys->cipher ? &*keys->cipher : nullptr);
}

attempt_outcome outcome_of_fault(const signing_fault& fault) {
    attempt_outcome outcome;
    outcome.phase = phase::not_sent;
    if (fault.what == signing_fault::kind::not_representable) {
        // Waiting does not help.
        outcome.verdict = verdict::refused;
        outcome.source = error_source::caller;
        outcome.detail = "the parameters hold characters that the account's charset lacks";
    } else {
        outcome.verdict = verdict::not_executed;
        outcome.source = error_source::gateway;
        outcome.stops = redemption::fault_scope::account;
        outcome.detail = "the account's private key failed to sign";
    }
    return outcome;
}

// The queue for signatures is full; the next attempt may find room in it.
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

class alipay_account final : public account {
public:
    alipay_account(
        redemption::account_name name, std::string target, credentials_ptr keys, account_parts parts
    )
        : name_(std::move(name)),
          identity_(redemption::identity_of(redemption::platform_kind::alipay, keys->app_id)),
          target_(std::move(target)),
          keys_(std::move(keys)),
          parts_(parts),
          finder_(name_, target_, parts_.client, parts_.signers, parts_.probe, parts_.time),
          clock_refusals_(parts_.time) {}

    const redemption::account_name& name() const noexcept override { return name_; }
    redemption::platform_kind platform() const noexcept override {
        return redemption::platform_kind::alipay;
    }
    const redemption::platform_identity& identity() const noexcept override { return identity_; }
    void replace_credentials(credentials_ptr fresh) override { keys_ = std::move(fresh); }

    asio::awaitable<attempt_outcome> attempt(attempt_request request) override {
        // The core hands an account only methods of its platform.
        const auto& method = static_cast<const client_method&>(*request.method);
        const auto keys = keys_;
        const auto params = *request.params;
        auto job = sign_job(
            keys, target_, std::string(method.name()), params, parts_.time.precise_wall_now()
        );
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
        options.once = !request.replay_safe;
        options.send_by = request.send_by;
        auto exchanged = co_await parts_.client.exchange(ready.http, options);
        if (exchanged.phase != net::send_phase::answered) {
            co_return platform_clients::transport_outcome(exchanged);
        }
        const masker secrets(method.secret_members(), params, {keys->app_auth_token.reveal()});
        const auto deadline = exchanged.begun + request.limit;
        auto outcome = co_await judge_answer(
            keys,
            method,
            ready,
            std::move(exchanged.response),
            request.ambiguous_before,
            secrets,
            deadline
        );
        co_return outcome;
    }

private:
    asio::awaitable<attempt_outcome> judge_answer(
        credentials_ptr keys,
        const client_method& method,
        const signed_request& sent,
        net::http_response response,
        bool ambiguous_before,
        const masker& secrets,
        net::steady_time deadline
    ) {
        auto request_id = request_id_of(response, secrets);
        const auto foreign = platform_clients::foreign_answer(
            response, platform_clients::own_statuses::only_200, secrets
        );
        answer received = malformed_answer{foreign.value_or(base::redacted_text())};
        if (!foreign) {
            received = co_await read(keys, method, std::move(response.body), deadline);
            if (auto* odd = std::get_if<malformed_answer>(&received)) {
                odd->reason += platform_clients::traces_of(response, secrets);
            }
        }
        report(received, method, sent, secrets);
        auto outcome = alipay::judge(method, received, ambiguous_before, secrets);
        outcome.said.platform_request_id = std::move(request_id);
        outcome.transport_fault = std::holds_alternative<malformed_answer>(received);
        outcome.hold =
            platform_clients::asked_to_stay_away(response, parts_.time.precise_wall_now());
        if (outcome.retry_once) {
            clock_refusals_.report(parts_.probe, name_, response, secrets);
        }
        if (foreign) {
            outcome.source = error_source::network;
        }
        co_return outcome;
    }

    asio::awaitable<answer> read(
        credentials_ptr keys,
        const client_method& method,
        std::string body,
        net::steady_time deadline
    ) {
        auto opening = open_answer(std::move(body), method.response_node(), keys->text);
        if (auto* final_answer = std::get_if<answer>(&opening)) {
            co_return std::move(*final_answer);
        }
        auto& opened = std::get<opened_answer>(opening);
        auto alipays = keys->alipays;
        if (opened.parts.sign && opened.parts.certificate_sn) {
            auto found = co_await finder_.find(keys, *opened.parts.certificate_sn, deadline);
            if (const auto* why_not = std::get_if<base::redacted_text>(&found)) {
                co_return answer(rejected_answer{
                    base::fixed_text("the answer is signed with an unknown certificate: ") +
                    *why_not
                });
            }
            alipays = std::get<public_key>(std::move(found));
        }
        auto job = read_job(keys, std::move(opened), std::move(alipays));
        auto received = co_await parts_.signers.run(std::move(job));
        co_return received;
    }

    // Tells the probe what an operator, or the platform's support, needs to see.
    void report(
        const answer& received,
        const client_method& method,
        const signed_request& sent,
        const masker& secrets
    ) {
        if (const auto reason = why_not_trusted(method, received)) {
            parts_.probe.answer_not_trusted(name_, *reason);
            return;
        }
        const auto* verified = std::get_if<verified_answer>(&received);
        if (verified && verified->slashes_unescaped) {
            parts_.probe.slashes_respelled(name_);
        }
        const auto& node = verified ? verified->node : std::get<unsigned_answer>(received).node;
        if (!method.is_success(node) && normalised(node.sub_code) == "INVALID_SIGNATURE") {
            const auto compared = compare_signed_text(sent.signed_text, node.sub_msg, secrets);
            parts_.probe.signature_refused(name_, compared.summary);
        }
    }

    const redemption::account_name name_;
    const redemption::platform_identity identity_;
    const std::string target_;
    credentials_ptr keys_;
    account_parts parts_;
    certificate_finder finder_;
    platform_clients::clock_refusals clock_refusals_;
};

}  // namespace

std::unique_ptr<account> make_account(
    redemption::account_name name, std::string target, credentials_ptr keys, account_parts parts
) {
    return std::make_unique<alipay_account>(
        std::move(name), std::move(target), std::move(keys), parts
    );
}

}  // namespace gateway::alipay
