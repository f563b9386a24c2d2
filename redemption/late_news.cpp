#include "redemption/late_news.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {
namespace {

constexpr std::chrono::seconds late_sending{60};

// Nobody sends it again by itself: the last attempt decides what it comes to.
settlement proven_end(const record& what, const settlement& told) {
    const auto& last = what.attempts.back();
    settlement end;
    end.id = what.id;
    end.state = last.verdict == verdict::refused ? state::rejected : state::failed;
    end.at = std::max(told.at, what.updated_at);
    const bool is_last = told.ended->number == last.number;
    end.error = (is_last ? told.error : what.error).value_or(error_info{});
    if (!what.error || !what.error->kind) {
        end.error->detail = last.detail;
        end.error->said = last.said;
    } else {
        end.error = what.error;
    }
    return end;
}

// A process whose start was never written may have another's attempt of the same number in mind.
bool is_same(const attempt& one, const attempt& other) {
    return one.number == other.number && one.started_at == other.started_at;
}

// By an operator, or as proven by the other attempts.
bool resolved_as_not_redeemed(const record& what, const attempt& which) {
    const auto* decision = decided_failed(what);
    return what.state == state::rejected || what.state == state::failed ||
           (decision != nullptr && which.started_at < decision->at);
}

settlement executed_end(const record& what, const settlement& told) {
    auto end = told;
    end.ended.reset();
    end.ban.reset();
    end.at = std::max(told.at, what.updated_at);
    return end;
}

}  // namespace

bool is_under_way(const record& what, const attempt& which) {
    return what.state == state::pending &&
           std::any_of(what.attempts.begin(), what.attempts.end(), [&](const attempt& one) {
               return is_same(one, which) && !one.finished_at;
           });
}

late_news learn_late(record what, const settlement& told) {
    late_news news;
    auto& attempts = what.attempts;
    const auto at = std::find_if(attempts.begin(), attempts.end(), [&](const attempt& one) {
        return told.ended && is_same(one, *told.ended);
    });
    if (at == attempts.end() || at->verdict != verdict::ambiguous ||
        told.ended->verdict == verdict::ambiguous) {
        return news;
    }
    const bool executed = told.ended->verdict == verdict::executed;
    *at = *told.ended;
    news.contradicts = executed && resolved_as_not_redeemed(what, *at);
    // Of a pending one the doubt stays: without it the process that works on it could let it expire
    // as not executed.
    if (!executed || what.state != state::pending || news.contradicts) {
        news.attempts = attempts;
    }
    if (what.state == state::unknown && executed) {
        news.end = executed_end(what, told);
    } else if (what.state == state::unknown && !has_ambiguous_attempt(what)) {
        news.end = proven_end(what, told);
    }
    return news;
}

bool may_be_sent_late(const record& what, time_point now) {
    const bool broken_off = !what.attempts.empty() && what.error &&
                            what.error->source == error_source::gateway &&
                            what.attempts.back().verdict == verdict::ambiguous;
    return broken_off && now < what.attempts.back().started_at + late_sending;
}

}  // namespace gateway::redemption
