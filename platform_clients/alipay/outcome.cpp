#include "platform_clients/alipay/outcome.hpp"

#include <utility>

namespace gateway::alipay {
namespace {

using redemption::attempt_outcome;
using redemption::error_source;
using redemption::phase;
using redemption::verdict;

base::fixed_text sentence_of(meaning means) noexcept {
    switch (platform_clients::verdict_of(means)) {
        case verdict::refused:
            return "Alipay refused the redemption";
        case verdict::not_executed:
            return means == meaning::account_fault
                       ? base::fixed_text(
                             "Alipay refused the account, not the "
                             "redemption"
                         )
                       : base::fixed_text("Alipay did not execute the redemption");
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
    outcome.source = error_source::platform;
    const auto& message = error.sub_msg.empty() ? error.msg : error.sub_msg;
    outcome.said.code = unless_empty(secrets.readable(error.code, longest_code));
    outcome.said.sub_code = unless_empty(secrets.readable(error.sub_code, longest_code));
    outcome.said.message = unless_empty(secrets.readable(message, longest_message));
    outcome.detail = base::redacted_text(sentence_of(means)) + base::fixed_text(": ") +
                     summary_of(error, secrets);
    outcome.account_fault = means == meaning::account_fault;
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
    outcome.account_fault = means == meaning::account_fault;
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
