// What forbids a redemption: natural keys and running totals.
#include <algorithm>

#include "tests/simulation/journal_store.hpp"

namespace gateway::simulation {

using namespace redemption;

namespace {

bool holds_natural_key(state s) {
    return s == state::pending || s == state::succeeded || s == state::unknown;
}

}  // namespace

std::optional<accept_outcome> journal_store::obstacle_to(const record& wish) const {
    if (wish.natural) {
        for (const auto& [id, row] : rows_) {
            const auto& other = row.what;
            if (holds_natural_key(other.state) && other.natural == wish.natural &&
                scope_of(other) == scope_of(wish) && other.method == wish.method) {
                return natural_key_taken{id};
            }
        }
    }
    if (auto falls = fall_of(wish)) {
        return std::move(*falls);
    }
    return std::nullopt;
}

std::optional<total_would_fall> journal_store::fall_of(const record& wish) const {
    for (const auto& wanted : wish.totals) {
        if (auto above = confirmed_above(wish, wanted)) {
            return above;
        }
        if (auto above = doubtful_above(wish, wanted)) {
            return above;
        }
    }
    return std::nullopt;
}

// The highest total confirmed under the subject, or for the code under any alias of the order.
std::optional<total_would_fall> journal_store::confirmed_above(
    const record& of, const running_total& wanted
) const {
    std::optional<total_would_fall> highest;
    for (const auto& [name, total] : totals_) {
        const auto& [scope, method, subject] = name;
        const running_total other{subject, total.total, total.order, total.code};
        if (scope == scope_of(of) && method == of.method && same_subject(scope, other, wanted) &&
            other.total > std::max(wanted.total, highest ? highest->confirmed : 0)) {
            highest.emplace();
            highest->confirmed = other.total;
            if (rows_.contains(total.by)) {
                highest->by = total.by;
            }
        }
    }
    return highest;
}

// The same among those that may have been executed.
std::optional<total_would_fall> journal_store::doubtful_above(
    const record& of, const running_total& wanted
) const {
    std::optional<total_would_fall> highest;
    for (const auto& [id, row] : rows_) {
        if (!row.in_doubt || id == of.id || scope_of(row.what) != scope_of(of) ||
            row.what.method != of.method) {
            continue;
        }
        for (const auto& other : row.what.totals) {
            if (same_subject(scope_of(of), other, wanted) &&
                other.total > std::max(wanted.total, highest ? highest->confirmed : 0)) {
                highest = total_would_fall{.confirmed = other.total, .by = id, .in_doubt = true};
            }
        }
    }
    return highest;
}

bool journal_store::same_subject(
    const platform_identity& scope, const running_total& one, const running_total& other
) const {
    if (one.subject == other.subject) {
        return true;
    }
    const auto order = aliases_.find({scope, one.order});
    const auto same = aliases_.find({scope, other.order});
    return !one.code.empty() && one.code == other.code && order != aliases_.end() &&
           same != aliases_.end() && order->second.order == same->second.order;
}

}  // namespace gateway::simulation
