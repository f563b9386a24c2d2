#include "platform_clients/alipay/outcome.hpp"

#include <utility>

namespace gateway::alipay {
namespace {

using redemption::attempt_outcome;
using redemption::error_source;
using redemption::phase;
using redemption::verdict;

base::fixed_text not_executed_sentence(meaning means) noexcept {
    switch (means) {
        case meaning::account_fault:
            return "Alipay refused the account, not the redemption";
        case meaning::method_fault:
            return "Alipay does not permit the account this method";
        case meaning::gateway_fault:
            return "Alipay refused the way in which the gateway calls this method";
        case meaning::clock_skew:
            return "Alipay does not accept the request's timestamp";
        default:
            return "Alipay did not execute the redemption";
    }
}

base::fixed_text sentence_of(meaning means) noexcept {
    switch (platform_clients::verdict_of(means)) {
        case verdict::refused:
            return "Alipay refused the redemption";
        case verdict::not_executed:
            return not_executed_sentence(means);
        case verdict::executed:
        case verdict::ambiguous:
            break;
    }
    return "Alipay's answer leaves open whether the redemption happened";
}

// Long enough for every sentence of the platform, short enough for a journal row. Messages may
// repeat the whole string-to-sign.
constexpr std::size_t longest_code = 128;
constexpr std::size_t longest_message = 2048;

// "40002 Invalid Arguments, isv.invalid-app-id". The sub_msg stays out: it may be a page long.
base::redacted_text summary_of(const node_content& error, const base::masker& secrets) {
    std::string text = error.code;
    if (!error.msg.empty()) {
        text += ' ' + error.msg;
    }
    if (!error.sub_code.empty()) {
        text += ", " + error.sub_code;
    }
    return secrets.readable(text, longest_message);
}

template <class Text>
std::optional<Text> unless_empty(Text text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

attempt_outcome outcome_of_error(
    const node_content& error, meaning means, const base::masker& secrets
) {
    attempt_outcome outcome;
    outcome.phase = phase::answered;
    outcome.verdict = platform_clients::verdict_of(means);
    const bool ours = means == meaning::gateway_fault || means == meaning::clock_skew;
    outcome.source = ours ? error_source::gateway : error_source::platform;
    const auto& message = error.sub_msg.empty() ? error.msg : error.sub_msg;
    outcome.said.code = unless_empty(secrets.readable(error.code, longest_code));
    outcome.said.sub_code = unless_empty(secrets.readable(error.sub_code, longest_code));
    outcome.said.message = unless_empty(secrets.readable(message, longest_message));
    outcome.detail = base::redacted_text(sentence_of(means)) + base::fixed_text(": ") +
                     summary_of(error, secrets);
    outcome.stops = platform_clients::scope_of(means);
    outcome.retry_once = means == meaning::clock_skew;
    return outcome;
}

attempt_outcome outcome_of_unsigned(
    const node_content& error, std::span<const sub_code_rule> business, const base::masker& secrets
) {
    const auto means = meaning_of(error, business);
    if (means == meaning::account_fault && can_only_be_unsigned(error)) {
        return outcome_of_error(error, means, secrets);
    }
    auto outcome = outcome_of_error(error, meaning::ambiguous, secrets);
    outcome.detail = base::fixed_text("Alipay's error bears no signature and proves nothing: ") +
                     summary_of(error, secrets);
    // Enough to stop sending and probe; not enough to say that nothing happened.
    outcome.stops = platform_clients::scope_of(means);
    return outcome;
}

attempt_outcome outcome_of_unusable(const base::redacted_text& reason) {
    attempt_outcome outcome;
    outcome.phase = phase::answered;
    outcome.verdict = verdict::ambiguous;
    outcome.source = error_source::platform;
    outcome.detail = reason;
    return outcome;
}

}  // namespace gateway::alipay
