#include "platform_clients/taobao/account.hpp"

#include <string>
#include <utility>
#include <variant>

#include "platform_clients/china_time.hpp"
#include "platform_clients/clock_refusals.hpp"
#include "platform_clients/foreign_answer.hpp"
#include "platform_clients/retry_after.hpp"
#include "platform_clients/taobao/answer.hpp"
#include "platform_clients/taobao/diagnosis.hpp"
#include "platform_clients/taobao/masker.hpp"
#include "platform_clients/taobao/method.hpp"
#include "platform_clients/taobao/outcome.hpp"
#include "platform_clients/taobao/request.hpp"
#include "platform_clients/taobao/signature.hpp"
#include "platform_clients/transport_outcome.hpp"

namespace gateway::taobao {
namespace {

namespace asio = boost::asio;
using base::redacted_text;
using redemption::attempt_outcome;
using redemption::fault_scope;

// The fault that stopped an attempt before any byte of it left.
attempt_outcome not_sent(base::redacted_text why, redemption::fault_scope stops) {
    attempt_outcome outcome;
    outcome.phase = redemption::phase::not_sent;
    outcome.verdict = redemption::verdict::not_executed;
    outcome.source = redemption::error_source::gateway;
    outcome.detail = std::move(why);
    outcome.stops = stops;
    return outcome;
}

net::http_request post_form(std::string body) {
    net::http_request request;
    request.method = "POST";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded;charset=utf-8");
    request.headers.add("User-Agent", "redemption-gateway");
    request.body = std::move(body);
    return request;
}

constexpr std::size_t longest_summary = 512;

// "27 Invalid session, invalid-sessionkey": for the operator of the account. The sub_msg stays
// out: it may be a page long.
base::redacted_text summary_of(const error_answer& error, const masker& secrets) {
    std::string text = error.code;
    if (error.msg) {
        text += ' ' + *error.msg;
    }
    if (error.sub_code) {
        text += ", " + *error.sub_code;
    }
    return secrets.readable(text, longest_summary);
}

// Nothing of the answer is TOP's, whose results name their method and their request.
bool is_foreign(const answer& what, const attempt_outcome& outcome) {
    if (const auto* unreadable = std::get_if<unreadable_answer>(&what)) {
        return unreadable->foreign;
    }
    const auto* result = std::get_if<result_answer>(&what);
    return result && !result->wrapped && !result->request_id &&
           outcome.verdict == redemption::verdict::ambiguous;
}

class taobao_account final : public account {
public:
    taobao_account(
        redemption::account_name name,
        config::top_sign_method sign_method,
        credentials keys,
        account_parts parts
    )
        : name_(std::move(name)),
          identity_(redemption::identity_of(redemption::platform_kind::taobao, keys.app_key)),
          sign_method_(sign_method),
          keys_(std::make_shared<const credentials>(std::move(keys))),
          parts_(parts),
          clock_refusals_(parts.time) {}

    const redemption::account_name& name() const noexcept override { return name_; }
    redemption::platform_kind platform() const noexcept override {
        return redemption::platform_kind::taobao;
    }
    const redemption::platform_identity& identity() const noexcept override { return identity_; }
    void replace_credentials(credentials keys) override {
        keys_ = std::make_shared<const credentials>(std::move(keys));
    }
    asio::awaitable<attempt_outcome> attempt(redemption::attempt_request request) override;

private:
    // The request ready to go, with what is needed to talk about it afterwards.
    struct prepared {
        net::http_request request;
        std::string sent_at;
        base::card_secret string_to_sign;
        std::size_t secret_length = 0;
        masker secrets;
    };
    using preparation = std::variant<prepared, attempt_outcome>;

    preparation prepare(
        const client_method& method, const redemption::params_text& params, const credentials& keys
    ) const;
    attempt_outcome judge_answer(
        const client_method& method,
        const net::http_response& response,
        const prepared& sent,
        bool ambiguous_before
    );

    redemption::account_name name_;
    redemption::platform_identity identity_;
    config::top_sign_method sign_method_;
    std::shared_ptr<const credentials> keys_;
    account_parts parts_;
    platform_clients::clock_refusals clock_refusals_;
};

taobao_account::preparation taobao_account::prepare(
    const client_method& method, const redemption::params_text& params, const credentials& keys
) const {
    if (method.needs_session() && keys.session.empty()) {
        return not_sent(
            base::fixed_text("account ") + name_ +
                base::fixed_text(" has no session (session_file), and ") +
                base::redacted_text(method.name()) + base::fixed_text(" needs one"),
            fault_scope::method
        );
    }
    auto form = method.form(params);
    if (!form) {
        return not_sent(
            base::fixed_text("the recorded parameters cannot be read any more"), fault_scope::none
        );
    }
    const auto now = parts_.time.precise_wall_now();
    const common_parameters common{
        .method = method.name(),
        .app_key = keys.app_key,
        .session = method.needs_session() ? keys.session.reveal() : std::string_view(),
        .sign_method = sign_method_,
        .now = now
    };
    auto parameters = request_parameters(common, form->fields);
    auto text = string_to_sign(parameters);
    auto signature = sign(sign_method_, text, keys.app_secret);
    if (!signature) {
        return not_sent(
            base::fixed_text("the crypto library refuses sign_method ") +
                base::redacted_text(wire_name(sign_method_)),
            fault_scope::account
        );
    }
    parameters.push_back({"sign", std::move(*signature)});
    form->secrets.emplace_back(std::string(keys.session.reveal()));
    form->secrets.emplace_back(std::string(keys.app_secret.reveal()));
    return prepared{
        .request = post_form(form_body(parameters)),
        .sent_at = platform_clients::china_time_text(now),
        .string_to_sign = std::move(text),
        .secret_length = keys.app_secret.reveal().size(),
        .secrets = masker(form->secrets)
    };
}

attempt_outcome taobao_account::judge_answer(
    const client_method& method,
    const net::http_response& response,
    const prepared& sent,
    bool ambiguous_before
) {
    const auto foreign = platform_clients::foreign_answer(
        response, platform_clients::own_statuses::every_2xx_or_400, sent.secrets
    );
    const auto what = foreign ? answer(unreadable_answer{*foreign, std::nullopt})
                              : read_body(method.name(), response.body);
    auto outcome = judge(method, what, ambiguous_before, sent.secrets);
    const bool stranger = foreign || is_foreign(what, outcome);
    outcome.transport_fault = stranger;
    outcome.hold = platform_clients::asked_to_stay_away(response, parts_.time.precise_wall_now());
    if (stranger) {
        outcome.source = redemption::error_source::network;
    }
    if (stranger || std::holds_alternative<unreadable_answer>(what)) {
        outcome.detail +=
            foreign ? redacted_text() : platform_clients::traces_of(response, sent.secrets);
        parts_.probe.answer_not_trusted(
            name_,
            answer_diagnosis(outcome.detail, method.name(), sent.sent_at, response, sent.secrets)
        );
    }
    const auto* error = std::get_if<error_answer>(&what);
    if (error && error->code == "25") {
        parts_.probe.signature_refused(
            name_,
            signature_diagnosis(sign_method_, sent.secret_length, sent.string_to_sign, sent.secrets)
        );
    }
    if (error && outcome.retry_once) {
        clock_refusals_.report(parts_.probe, name_, response, sent.secrets);
    }
    if (error && outcome.stops != fault_scope::none) {
        outcome.detail += base::fixed_text(": ") + summary_of(*error, sent.secrets);
    }
    if (!outcome.result.empty()) {
        outcome.result = sent.secrets.masked_strings(outcome.result);
    }
    return outcome;
}

asio::awaitable<attempt_outcome> taobao_account::attempt(redemption::attempt_request request) {
    const auto keys = keys_;  // this attempt's, whatever is loaded meanwhile
    const auto* method = dynamic_cast<const client_method*>(request.method);
    if (!method) {
        co_return not_sent(
            base::fixed_text("the method is not one of the Taobao platform"), fault_scope::none
        );
    }
    const auto preparation = prepare(*method, *request.params, *keys);
    if (const auto* outcome = std::get_if<attempt_outcome>(&preparation)) {
        co_return *outcome;
    }
    const auto& ready = std::get<prepared>(preparation);
    const net::exchange_options options{
        .limit = request.limit, .once = !request.replay_safe, .send_by = request.send_by
    };
    const auto exchange = co_await parts_.client.exchange(ready.request, options);
    if (exchange.phase != net::send_phase::answered) {
        co_return platform_clients::transport_outcome(exchange);
    }
    co_return judge_answer(*method, exchange.response, ready, request.ambiguous_before);
}

}  // namespace

std::unique_ptr<account> make_account(
    redemption::account_name name,
    config::top_sign_method sign_method,
    credentials keys,
    account_parts parts
) {
    return std::make_unique<taobao_account>(std::move(name), sign_method, std::move(keys), parts);
}

}  // namespace gateway::taobao
