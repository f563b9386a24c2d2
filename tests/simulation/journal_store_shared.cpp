// Several processes on one journal: lives, owners, turns, words, late news.
#include <algorithm>

#include "redemption/late_news.hpp"
#include "tests/simulation/journal_store.hpp"

namespace gateway::simulation {

using namespace redemption;

namespace {

bool under_way(const record& what) {
    return std::any_of(what.attempts.begin(), what.attempts.end(), [](const attempt& one) {
        return !one.finished_at;
    });
}

bool has_end(const record& what, const attempt& ended) {
    return std::any_of(what.attempts.begin(), what.attempts.end(), [&](const attempt& one) {
        return one.number == ended.number && one.finished_at == ended.finished_at &&
               one.verdict == ended.verdict;
    });
}

bool same(const operator_resolution& one, const operator_resolution& other) {
    return one.to == other.to && one.note == other.note && one.who == other.who;
}

}  // namespace

life_number journal_store::begin_life() {
    lives_.emplace(++last_life_, life());
    return last_life_;
}

bool journal_store::is_alive(life_number of) const {
    return lives_.contains(of);
}

std::size_t journal_store::end_lives(std::span<const sighting> which) {
    for (const auto& [number, renewals] : which) {
        const auto one = lives_.find(number);
        if (one != lives_.end() && one->second.renewals == renewals) {
            lives_.erase(one);
        }
    }
    std::size_t freed = 0;
    for (auto& [id, row] : rows_) {
        const bool open = row.what.state == state::pending;
        if (open && row.owner && *row.owner != alone && !is_alive(*row.owner)) {
            row.owner.reset();
            ++freed;
        }
    }
    return freed;
}

void journal_store::leave(life_number life) {
    lives_.erase(life);
    end_lives({});
}

bool journal_store::renew() {
    if (!is_alive(me_)) {
        return false;
    }
    ++lives_.at(me_).renewals;
    return true;
}

std::vector<journal_store::sighting> journal_store::other_lives() const {
    std::vector<sighting> all;
    for (const auto& [number, one] : lives_) {
        if (number != me_) {
            all.push_back({number, one.renewals});
        }
    }
    return all;
}

bool journal_store::has_free() const {
    return std::any_of(rows_.begin(), rows_.end(), [](const auto& one) {
        return one.second.what.state == state::pending && !one.second.owner;
    });
}

std::vector<std::pair<redemption_id, operator_resolution>> journal_store::words() const {
    std::vector<std::pair<redemption_id, operator_resolution>> all;
    for (const auto& [id, row] : rows_) {
        if (row.owner == me_ && row.word && !is_final(row.what.state)) {
            all.emplace_back(id, *row.word);
        }
    }
    return all;
}

// What nobody wants is shared equally. At least a quarter of an equal part, so that each process
// can begin, and never more than the others leave.
account_share journal_store::draw_share(const account_demand& asked) {
    double held = 0;
    double wanted_by_others = 0;
    double asked_by_others = 0;
    const double equal = asked.rate / static_cast<double>(lives_.size());
    for (const auto& [number, one] : lives_) {
        if (number == me_) {
            continue;
        }
        const auto share = one.shares.find(asked.account);
        held += share == one.shares.end() ? 0 : share->second;
        const auto wanted = one.wanted.find(asked.account);
        const double asks = wanted == one.wanted.end() ? 0 : wanted->second.wanted;
        wanted_by_others += std::min(asks, equal);
        asked_by_others += asks;
    }
    const auto fair = std::max(equal, asked.rate - wanted_by_others);
    const auto left = std::max(0.0, asked.rate - asked.wanted - asked_by_others);
    const auto drawn = std::max(
        equal / 4, std::min(asked.wanted, fair) + left / static_cast<double>(lives_.size())
    );
    auto& mine = lives_.at(me_);
    mine.wanted[asked.account] = asked;
    const auto share = std::max(0.0, std::min(drawn, asked.rate - held));
    mine.shares[asked.account] = share;
    return {asked.account, share};
}

double journal_store::sum_of_shares(const account_name& account) const {
    double sum = 0;
    for (const auto& [number, one] : lives_) {
        const auto share = one.shares.find(account);
        sum += share == one.shares.end() ? 0 : share->second;
    }
    return sum;
}

// Asked again after a doubt, it gives what it may have taken: all that is the life's.
std::vector<record> journal_store::take(std::size_t at_most) {
    std::vector<stored*> free;
    for (auto& [id, row] : rows_) {
        const bool maybe_taken = again_ && row.owner == me_;
        if (row.what.state == state::pending && (!row.owner || maybe_taken)) {
            free.push_back(&row);
        }
    }
    std::sort(free.begin(), free.end(), [](const auto* one, const auto* other) {
        return one->queued < other->queued;
    });
    free.resize(std::min(free.size(), at_most));
    std::vector<record> taken;
    for (auto* const row : free) {
        row->owner = me_;
        taken.push_back(with_aliases(*row));
    }
    return taken;
}

void journal_store::give_back(std::span<const redemption_id> which) {
    for (const auto& id : which) {
        const auto found = rows_.find(id);
        if (found != rows_.end() && found->second.owner == me_ &&
            found->second.what.state == state::pending && !under_way(found->second.what)) {
            found->second.owner.reset();
        }
    }
}

bool journal_store::leave_word(const redemption_id& id, const operator_resolution& word) {
    const auto found = rows_.find(id);
    if (found == rows_.end() || found->second.what.state != state::pending) {
        return false;
    }
    auto& there = found->second.word;
    if (there && !same(*there, word)) {
        return false;
    }
    there = word;
    return true;
}

observation journal_store::look(
    std::span<const redemption_id> watched, std::span<const redemption_id> waiting
) const {
    observation seen;
    for (const auto& id : watched) {
        const auto found = rows_.find(id);
        const bool elsewhere = found != rows_.end() && found->second.what.state == state::pending &&
                               !is_ours(found->second);
        if (!elsewhere) {
            seen.ended.push_back(id);
        }
    }
    for (const auto& id : waiting) {
        const auto found = rows_.find(id);
        if (found == rows_.end() || !is_behind(found->second)) {
            seen.turns.push_back(id);
        }
    }
    return seen;
}

std::optional<life_number> journal_store::owner(const redemption_id& id) const {
    const auto found = rows_.find(id);
    return found == rows_.end() ? std::nullopt : found->second.owner;
}

// The answer to a settlement that another process's work has overtaken.
std::optional<journal_store::result<settle_outcome>> journal_store::answer_before_settling(
    const stored& row, const settlement& what
) const {
    if (me_ == alone) {
        return std::nullopt;
    }
    const auto before = row.what.state;
    const bool done = again_ && what.ended && has_end(row.what, *what.ended);
    if (is_final(before)) {
        if (row.owner && !is_ours(row)) {
            return settle_outcome(not_ours());
        }
        return before != what.state && done ? std::optional(result<settle_outcome>(settled()))
                                            : std::nullopt;
    }
    if (before == state::pending && !is_ours(row)) {
        return settle_outcome(not_ours());
    }
    // Of an unknown one only the end of its attempt, or an operator's word, counts.
    const bool of_nobody = what.ended ? !under_way(row.what) : !what.history;
    if (before == state::unknown && of_nobody) {
        return done || (again_ && !what.ended && what.state == before) ? settle_outcome(settled())
                                                                       : settle_outcome(not_ours());
    }
    return std::nullopt;
}

// How an attempt ended that was closed as ambiguous by the process that took the redemption over.
late_answer journal_store::tell_late(const settlement& what) {
    const auto found = rows_.find(what.id);
    if (found == rows_.end()) {
        return {};
    }
    auto& row = found->second;
    if (is_under_way(row.what, *what.ended) && row.owner && !is_ours(row)) {
        return {.now = std::nullopt, .not_closed = true};
    }
    if (is_under_way(row.what, *what.ended)) {
        row.owner = me_;
        static_cast<void>(settle(what));
        return {.now = with_aliases(row)};
    }
    auto news = learn_late(row.what, what);
    if (news.attempts) {
        row.what.attempts = std::move(*news.attempts);
    }
    if (news.end) {
        update_state(row, *news.end);
        row.in_doubt = false;
        record_extras(row.what, *news.end);
    }
    late_answer answer{.now = std::nullopt, .not_closed = false, .contradicts = news.contradicts};
    if (news.end || news.contradicts) {
        answer.now = with_aliases(row);
    }
    return answer;
}

bool journal_store::share_order(const record& one, const record& other) const {
    if (scope_of(one) != scope_of(other)) {
        return false;
    }
    const auto mine = canonical_of(scope_of(one), one.orders);
    const auto theirs = canonical_of(scope_of(other), other.orders);
    return std::any_of(mine.begin(), mine.end(), [&](const order_key& name) {
        return std::find(theirs.begin(), theirs.end(), name) != theirs.end();
    });
}

bool journal_store::is_behind(const stored& row) const {
    return std::any_of(rows_.begin(), rows_.end(), [&](const auto& one) {
        const auto& other = one.second;
        return other.what.state == state::pending && one.first != row.what.id &&
               (other.queued < row.queued || under_way(other.what)) &&
               share_order(row.what, other.what);
    });
}

// An attempt under way counts, whoever owns it: a process may have taken its own row again without
// knowing it yet.
bool journal_store::others_first(const stored& row) const {
    return me_ != alone && std::any_of(rows_.begin(), rows_.end(), [&](const auto& one) {
               const auto& other = one.second;
               return other.what.state == state::pending && one.first != row.what.id &&
                      (under_way(other.what) ||
                       (other.queued < row.queued && other.owner != row.owner)) &&
                      share_order(row.what, other.what);
           });
}

bool journal_store::others_in_line(const stored& row) const {
    return me_ != alone && std::any_of(rows_.begin(), rows_.end(), [&](const auto& one) {
               const auto& other = one.second;
               return other.what.state == state::pending && other.owner != me_ &&
                      share_order(row.what, other.what);
           });
}

}  // namespace gateway::simulation
