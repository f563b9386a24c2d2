#include "tests/simulation/journal_store.hpp"

#include <algorithm>
#include <iterator>

namespace gateway::simulation {

using namespace redemption;

namespace {

journal_error no_such(const redemption_id& id) {
    return {base::fixed_text("the journal holds no redemption ") + id};
}

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

bool has_entry(const record& in, const history_entry& entry) {
    return std::any_of(in.history.begin(), in.history.end(), [&](const history_entry& one) {
        return one.at == entry.at && one.who == entry.who && one.action == entry.action;
    });
}

bool matches(const record& r, const list_filter& f) {
    const auto fits = [](const auto& wanted, const auto& value) {
        return !wanted || *wanted == value;
    };
    const bool of_caller = fits(f.caller, r.caller) || contains(f.formerly, r.caller);
    const bool of_account =
        contains(f.renamed, account_identity{r.account, r.identity}) ||
        (fits(f.account, r.account) && (!f.accounts || contains(*f.accounts, r.account)));
    return of_caller && of_account && fits(f.in_state, r.state) && fits(f.method, r.method) &&
           fits(f.id, r.id) && fits(f.key, r.key) && (!f.natural || r.natural == f.natural) &&
           (!f.created_after || r.created_at >= *f.created_after) &&
           (!f.created_before || r.created_at < *f.created_before) && (!f.after || r.id < *f.after);
}

}  // namespace

journal_store::result<accept_outcome> journal_store::accept(
    const record& wish, const std::optional<attempt>& first
) {
    if (const auto* existing = known_row(wish)) {
        const auto& row = rows_.at(existing->id);
        if (again_ && existing->id == wish.id && is_ours(row) &&
            existing->state == state::pending) {
            // The names that were canonical until then are not known any more: all of its own.
            auto names = canonical_of(scope_of(*existing), existing->orders);
            std::copy_if(
                existing->orders.begin(),
                existing->orders.end(),
                std::back_inserter(names),
                [&, canonical = names](const order_key& one) { return !contains(canonical, one); }
            );
            return accept_outcome(accepted{std::move(names), !existing->attempts.empty()});
        }
        return accept_outcome(key_taken{with_aliases(row)});
    }
    if (auto obstacle = obstacle_to(wish)) {
        return *obstacle;
    }
    const auto queued = end_of_queue();
    auto& row = rows_[wish.id];
    row.what = wish;
    row.what.formerly.clear();
    row.queued = queued;
    row.owner = me_;
    return begin_work(row, link(scope_of(wish), wish.orders), first);
}

const record* journal_store::known_row(const record& wish) const {
    const auto* found = row(wish.caller, wish.key);
    for (const auto& earlier : wish.formerly) {
        found = found == nullptr ? row(earlier, wish.key) : found;
    }
    return found;
}

journal_store::result<accept_outcome> journal_store::restart(
    const record& wish, const std::optional<attempt>& first
) {
    const auto found = rows_.find(wish.id);
    if (found == rows_.end()) {
        return no_such(wish.id);
    }
    auto& row = found->second;
    if (again_ && row.what.state == state::pending && is_ours(row) &&
        row.what.updated_at == wish.updated_at) {
        return accept_outcome(accepted{canonical_of(scope_of(row.what), row.what.orders), false});
    }
    if (row.what.state != state::failed) {
        return accept_outcome(key_taken{with_aliases(row)});
    }
    record again = row.what;
    again.identity = wish.identity;
    if (auto obstacle = obstacle_to(again)) {
        return *obstacle;
    }
    row.what.identity = wish.identity;
    row.owner = me_;
    row.queued = end_of_queue();
    row.what.state = state::pending;
    row.what.updated_at = wish.updated_at;
    row.what.expires_at = wish.expires_at;
    row.what.lifetime = wish.lifetime;
    row.what.result.clear();
    row.what.error.reset();
    auto canonical = link(scope_of(row.what), row.what.orders);
    return begin_work(row, std::move(canonical), first);
}

// An attempt starts with its acceptance only if the redemption names every canonical key.
journal_store::result<accept_outcome> journal_store::begin_work(
    stored& row, order_keys canonical, const std::optional<attempt>& first
) {
    const bool names_all = std::all_of(canonical.begin(), canonical.end(), [&](const auto& name) {
        return contains(row.what.orders, name);
    });
    const bool starts = first && names_all && !others_in_line(row);
    if (starts) {
        if (auto started = record_start(row.what, *first); !started) {
            return started.error();
        }
    }
    return accept_outcome(accepted{std::move(canonical), starts});
}

journal_store::result<start_outcome> journal_store::start_attempt(
    const redemption_id& id, const attempt& started
) {
    const auto found = rows_.find(id);
    if (found == rows_.end()) {
        return no_such(id);
    }
    auto& what = found->second.what;
    if (!is_ours(found->second) && (what.state == state::pending || found->second.owner)) {
        return start_outcome(not_ours());
    }
    if (what.state != state::pending) {
        return journal_error{
            base::fixed_text("redemption ") + id + base::fixed_text(" is ") +
            base::redacted_text(to_string(what.state)) +
            base::fixed_text(", so no attempt may start")
        };
    }
    if (auto falls = fall_of(what)) {
        return start_outcome(std::move(*falls));
    }
    if (others_first(found->second)) {
        return start_outcome(not_its_turn());
    }
    if (auto begun = record_start(what, started); !begun) {
        return begun.error();
    }
    return start_outcome(attempt_started{});
}

journal_store::result<settle_outcome> journal_store::settle(const settlement& what) {
    const auto found = rows_.find(what.id);
    if (found == rows_.end()) {
        return no_such(what.id);
    }
    auto& row = found->second;
    const auto before = row.what.state;
    if (auto answer = answer_before_settling(row, what)) {
        return std::move(*answer);
    }
    if (is_final(before) && before != what.state) {
        return journal_error{
            base::fixed_text("redemption ") + what.id + base::fixed_text(" is already ") +
            base::redacted_text(to_string(before)) + base::fixed_text(" and can't become ") +
            base::redacted_text(to_string(what.state))
        };
    }
    if (what.ended) {
        record_end(row.what, *what.ended);
    }
    if (!is_final(before)) {
        update_state(row, what);
        const bool ambiguous = what.ended && what.ended->verdict == verdict::ambiguous;
        row.in_doubt =
            !is_final(what.state) && (row.in_doubt || ambiguous || what.state == state::unknown);
    }
    record_extras(row.what, what);
    return settle_outcome(settled());
}

journal_store::result<decide_outcome> journal_store::decide(
    const settlement& what, time_point seen
) {
    const auto found = rows_.find(what.id);
    if (found == rows_.end()) {
        return no_such(what.id);
    }
    const auto& row = found->second;
    if (again_ && what.history && has_entry(row.what, *what.history)) {
        return decide_outcome(decided{canonical_of(scope_of(row.what), row.what.orders)});
    }
    if (row.what.state != state::unknown || row.what.updated_at != seen) {
        return decide_outcome(changed_meanwhile{with_aliases(row)});
    }
    if (what.state == state::pending) {
        if (auto falls = fall_of(row.what)) {
            return decide_outcome(std::move(*falls));
        }
    }
    if (auto done = settle(what); !done) {
        return done.error();
    }
    return decide_outcome(decided{canonical_of(scope_of(row.what), row.what.orders)});
}

std::size_t journal_store::remove_final_before(time_point limit, std::size_t at_most) {
    std::vector<std::pair<time_point, redemption_id>> old;
    for (const auto& [id, row] : rows_) {
        if (is_final(row.what.state) && row.what.updated_at < limit) {
            old.emplace_back(row.what.updated_at, id);
        }
    }
    std::sort(old.begin(), old.end());
    old.resize(std::min(old.size(), at_most));
    for (const auto& [at, id] : old) {
        const auto gone = rows_.extract(id);
        if (on_removed) {
            on_removed(gone.mapped().what);
        }
    }
    return old.size();
}

std::optional<record> journal_store::find(const redemption_id& id) const {
    const auto found = rows_.find(id);
    return found == rows_.end() ? std::nullopt : std::optional(with_aliases(found->second));
}

std::optional<record> journal_store::find_by_key(
    const caller_name& caller, const idempotency_key& key
) const {
    const auto* found = row(caller, key);
    return found == nullptr ? std::nullopt : find(found->id);
}

std::vector<record> journal_store::list(const list_filter& filter) const {
    std::vector<record> found;
    for (auto at = rows_.rbegin(); at != rows_.rend() && found.size() < filter.limit; ++at) {
        if (matches(at->second.what, filter)) {
            found.push_back(with_aliases(at->second));
        }
    }
    return found;
}

std::vector<record> journal_store::load_pending(queue_range& within, std::size_t at_most) const {
    std::vector<const stored*> pending;
    for (const auto& [id, row] : rows_) {
        if (row.what.state == state::pending && row.queued > within.after &&
            row.queued <= within.until) {
            pending.push_back(&row);
        }
    }
    std::sort(pending.begin(), pending.end(), [](const auto* one, const auto* other) {
        return one->queued < other->queued;
    });
    pending.resize(std::min(pending.size(), at_most));
    std::vector<record> found;
    for (const auto* const row : pending) {
        within.after = row->queued;
        found.push_back(with_aliases(*row));
    }
    return found;
}

std::vector<recorded_ban> journal_store::load_bans() const {
    std::vector<recorded_ban> found;
    for (const auto& [of, ban] : bans_) {
        found.push_back(ban);
    }
    return found;
}

void journal_store::lift_bans(
    const platform_identity& identity, const std::optional<method_name>& method
) {
    std::erase_if(bans_, [&](const auto& one) {
        return one.first.first == identity && (!method || one.first.second == *method);
    });
}

std::uint64_t journal_store::count_unknown() const {
    return static_cast<std::uint64_t>(std::count_if(
        rows_.begin(),
        rows_.end(),
        [](const auto& one) { return one.second.what.state == state::unknown; }
    ));
}

std::optional<time_point> journal_store::newest_change() const {
    std::optional<time_point> newest;
    for (const auto& one : rows_) {
        const auto& what = one.second.what;
        newest = std::max(newest, std::optional(std::max(what.created_at, what.updated_at)));
    }
    return newest;
}

const record* journal_store::row(const redemption_id& id) const {
    const auto found = rows_.find(id);
    return found == rows_.end() ? nullptr : &found->second.what;
}

const record* journal_store::row(const caller_name& caller, const idempotency_key& key) const {
    for (const auto& [id, row] : rows_) {
        if (row.what.key == key && row.what.caller == caller) {
            return &row.what;
        }
    }
    return nullptr;
}

record journal_store::with_aliases(const stored& row) const {
    record what = row.what;
    what.elsewhere = what.state == state::pending && !is_ours(row);
    for (auto& name : canonical_of(scope_of(what), what.orders)) {
        if (!contains(what.orders, name)) {
            what.orders.push_back(std::move(name));
        }
    }
    return what;
}

std::uint64_t journal_store::end_of_queue() const {
    std::uint64_t last = 0;
    for (const auto& [id, row] : rows_) {
        if (row.what.state == state::pending) {
            last = std::max(last, row.queued);
        }
    }
    return last + 1;
}

}  // namespace gateway::simulation
