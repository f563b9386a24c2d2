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

attempt_outcome outcome_of(const finding& found, bool ambiguous_before) {
    if (found.what == meaning::done_before && ambiguous_before) {
        return answered(
            verdict::executed, "an earlier attempt was executed, the platform confirms it"
        );
    }
    auto outcome = answered(platform_clients::verdict_of(found.what), found.sentence);
    const bool ours = found.what == meaning::clock_skew || found.what == meaning::gateway_fault;
    outcome.source = ours ? error_source::gateway : error_source::platform;
    outcome.stops = platform_clients::scope_of(found.what);
    outcome.retry_once = found.what == meaning::clock_skew;
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

// Of a call limit: as long as the message names, else as long as the rule says.
void add_ban(attempt_outcome& outcome, const finding& found, std::string_view message) {
    if (found.stay_away.count() > 0) {
        const auto named = ban_named_in(message);
        outcome.ban = named.value_or(found.stay_away);
        outcome.ban_guessed = !named;
        outcome.ban_doubted = named && *named > found.longest_usual;
    }
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
    const auto found = find_error(error.code, error.msg, error.sub_code, own);
    auto outcome = outcome_of(found, ambiguous_before);
    outcome.said = evidence_of(error, secrets);
    add_ban(outcome, found, error.sub_msg.value_or("") + ' ' + error.msg.value_or(""));
    return outcome;
}

std::optional<attempt_outcome> sub_code_outcome(
    std::string_view sub_code,
    std::string_view message,
    std::span<const sub_code_rule> own,
    bool ambiguous_before
) {
    const auto found = find_sub_code(sub_code, own);
    if (!found) {
        return std::nullopt;
    }
    auto outcome = outcome_of(*found, ambiguous_before);
    add_ban(outcome, *found, message);
    return outcome;
}

}  // namespace gateway::taobao
