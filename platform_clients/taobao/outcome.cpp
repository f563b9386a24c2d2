#include "platform_clients/taobao/outcome.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>

namespace gateway::taobao {
namespace {

using redemption::attempt_outcome;
using redemption::error_source;
using redemption::verdict;

struct ruling {
    meaning what;
    enum verdict verdict;
    error_source source;
    bool account_fault = false;
    bool retry_once = false;
};

constexpr ruling rulings[] = {
    {meaning::throttled, verdict::not_executed, error_source::platform},
    {.what = meaning::account,
     .verdict = verdict::not_executed,
     .source = error_source::platform,
     .account_fault = true},
    {.what = meaning::clock,
     .verdict = verdict::not_executed,
     .source = error_source::gateway,
     .retry_once = true},
    {meaning::gateway_fault, verdict::refused, error_source::gateway},
    {meaning::refused, verdict::refused, error_source::platform},
    {meaning::done_before, verdict::refused, error_source::platform},
    {meaning::again_later, verdict::not_executed, error_source::platform},
    {meaning::unclear, verdict::ambiguous, error_source::platform},
};

attempt_outcome outcome_of(const finding& found, bool ambiguous_before) {
    if (found.what == meaning::done_before && ambiguous_before) {
        return answered(
            verdict::executed, "an earlier attempt was executed, the platform confirms it"
        );
    }
    attempt_outcome outcome = answered(verdict::ambiguous, found.words);
    for (const auto& row : rulings) {
        if (row.what == found.what) {
            outcome.verdict = row.verdict;
            outcome.source = row.source;
            outcome.account_fault = row.account_fault;
            outcome.retry_once = row.retry_once;
        }
    }
    return outcome;
}

// Long enough for every sentence of the platform.
constexpr std::size_t longest_code = 128;
constexpr std::size_t longest_message = 512;

// "This ban will last for 7 more seconds": stay away one second longer, as the ban is cut to whole
// seconds. Nothing: no number is named.
std::optional<std::chrono::seconds> ban_named_in(std::string_view text) noexcept {
    constexpr std::string_view before = "last for ";
    constexpr std::int64_t week = 7 * 24 * 3600;
    const auto at = text.find(before);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto number = text.substr(at + before.size());
    std::int64_t seconds = 0;
    const auto [end, fault] =
        std::from_chars(number.data(), number.data() + number.size(), seconds);
    if (fault == std::errc::result_out_of_range) {
        return std::chrono::seconds(week);
    }
    if (fault != std::errc{} || seconds < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(std::min(seconds, week) + 1);
}

}  // namespace

attempt_outcome answered(enum verdict verdict, base::fixed_text detail) {
    attempt_outcome outcome;
    outcome.phase = redemption::phase::answered;
    outcome.verdict = verdict;
    outcome.source = error_source::platform;
    outcome.detail = detail;
    return outcome;
}

redemption::evidence evidence_of(const error_answer& error, const base::masker& secrets) {
    const auto readable = [&](const std::optional<std::string>& text, std::size_t bytes) {
        return text ? std::optional(secrets.readable(*text, bytes)) : std::nullopt;
    };
    redemption::evidence said;
    if (!error.code.empty()) {
        said.code = secrets.readable(error.code, longest_code);
    }
    said.sub_code = readable(error.sub_code, longest_code);
    said.message = readable(error.sub_msg ? error.sub_msg : error.msg, longest_message);
    said.platform_request_id = readable(error.request_id, longest_code);
    return said;
}

attempt_outcome unreadable_outcome(
    const unreadable_answer& unreadable, const base::masker& secrets
) {
    auto outcome = answered(verdict::ambiguous, "");
    outcome.detail = unreadable.why;
    if (unreadable.hint) {
        outcome.said = evidence_of(*unreadable.hint, secrets);
    }
    return outcome;
}

attempt_outcome error_outcome(
    const error_answer& error,
    std::span<const sub_code_rule> own,
    bool ambiguous_before,
    const base::masker& secrets
) {
    const auto found = find_error(error.code, error.sub_code, own);
    auto outcome = outcome_of(found, ambiguous_before);
    outcome.said = evidence_of(error, secrets);
    if (found.stay_away.count() > 0) {
        const auto named = ban_named_in(error.sub_msg.value_or("") + ' ' + error.msg.value_or(""));
        outcome.ban = named.value_or(found.stay_away);
        outcome.ban_guessed = !named;
    }
    return outcome;
}

std::optional<attempt_outcome> sub_code_outcome(
    std::string_view sub_code, std::span<const sub_code_rule> own, bool ambiguous_before
) {
    const auto found = find_sub_code(sub_code, own);
    return found ? std::optional(outcome_of(*found, ambiguous_before)) : std::nullopt;
}

}  // namespace gateway::taobao
