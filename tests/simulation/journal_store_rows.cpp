// The changes of one row, and the aliases of an order.
#include <algorithm>

#include "tests/simulation/journal_store.hpp"

namespace gateway::simulation {

using namespace redemption;

namespace {

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

journal_store::result<void> journal_store::record_start(record& row, const attempt& started) {
    for (auto& one : row.attempts) {
        if (one.number == started.number && one.finished_at) {
            return journal_error{
                base::fixed_text("attempt ") + base::redacted_text::number(started.number) +
                base::fixed_text(" has already ended")
            };
        }
        if (one.number == started.number) {
            one.started_at = started.started_at;
            return {};
        }
    }
    row.attempts.push_back(started);
    return {};
}

void journal_store::record_end(record& row, const attempt& ended) {
    for (auto& one : row.attempts) {
        if (one.number != ended.number) {
            continue;
        }
        if (!one.finished_at) {
            const auto started_at = one.started_at;
            one = ended;
            one.started_at = started_at;
        }
        return;
    }
    row.attempts.push_back(ended);
}

void journal_store::update_state(stored& row, const settlement& what) {
    if (row.what.state != state::pending && what.state == state::pending) {
        row.queued = end_of_queue();
        row.word.reset();
    }
    if (is_final(what.state)) {
        row.word.reset();
    }
    row.owner = what.state == state::unknown ? std::nullopt : std::optional(me_);
    row.what.state = what.state;
    row.what.updated_at = what.at;
    row.what.expires_at = what.expires_at.value_or(row.what.expires_at);
    if (!what.result.empty()) {
        row.what.result = what.result;
    }
    row.what.error = what.error;
}

void journal_store::record_extras(record& row, const settlement& what) {
    if (what.history) {
        const auto& entry = *what.history;
        const bool there =
            std::any_of(row.history.begin(), row.history.end(), [&](const auto& one) {
                return one.at == entry.at && one.who == entry.who && one.action == entry.action;
            });
        if (!there) {
            const auto at = std::upper_bound(
                row.history.begin(),
                row.history.end(),
                entry.at,
                [](time_point when, const history_entry& one) { return when < one.at; }
            );
            row.history.insert(at, entry);
        }
    }
    for (const auto& total : what.confirmed) {
        const auto [at, fresh] = totals_.try_emplace({scope_of(row), row.method, total.subject});
        auto& kept = at->second;
        if (fresh || total.total > kept.total) {
            kept.total = total.total;
            kept.by = row.id;
        }
        if (!total.code.empty()) {
            kept.order = total.order;
            kept.code = total.code;
        }
    }
    if (what.ban) {
        keep_ban(row, what);
    }
}

// A recorded ban that ends later stays, but never lasts longer than its own length.
void journal_store::keep_ban(const record& row, const settlement& what) {
    const auto [at, fresh] = bans_.try_emplace({scope_of(row), row.method});
    auto& kept = at->second;
    if (!fresh && std::min(kept.since + kept.length - what.at, kept.length) >= *what.ban) {
        return;
    }
    kept = {scope_of(row), row.method, what.at, *what.ban, what.ban_doubted};
}

// Here every row has had its identity since it was accepted, or none that is known.
void journal_store::adopt(const account_identity& known) {
    const auto by_name = scope_of({}, known.account);
    if (known.identity.empty()) {
        return;
    }
    for (auto& [id, row] : rows_) {
        if (scope_of(row.what) == by_name) {
            row.what.identity = known.identity;
        }
    }
    const auto adopted = [&](const platform_identity& scope) {
        return scope == by_name ? known.identity : scope;
    };
    const auto aliases = std::exchange(aliases_, {});
    for (const auto& [name, alias] : aliases) {
        if (name.first != by_name) {
            aliases_.emplace(name, alias);
        }
    }
    for (const auto& [name, alias] : aliases) {
        if (name.first == by_name) {
            link(known.identity, {alias_texts_[alias.order], name.second});
        }
    }
    for (const auto& [name, total] : std::exchange(totals_, {})) {
        const auto& [scope, method, subject] = name;
        auto& kept = totals_[{adopted(scope), method, subject}];
        kept = kept.total < total.total ? total : kept;
    }
    for (const auto& [name, ban] : std::exchange(bans_, {})) {
        auto& kept = bans_[{adopted(name.first), name.second}];
        kept = kept.since + kept.length < ban.since + ban.length ? ban : kept;
        kept.identity = adopted(name.first);
    }
}

std::vector<account_identity> journal_store::account_names() const {
    std::vector<account_identity> names;
    for (const auto& [id, row] : rows_) {
        const account_identity one{row.what.account, row.what.identity};
        if (is_known(one.identity) && !contains(names, one)) {
            names.push_back(one);
        }
    }
    return names;
}

std::vector<unconfigured_name> journal_store::find_unconfigured(const configured_names& configured
) const {
    using kind = unconfigured_name::kind;
    std::map<std::pair<kind, std::string>, unconfigured_name> found;
    const auto count = [&](kind of, const std::string& name, const record& what) {
        auto& one = found[{of, name}];
        one.of = of;
        one.name = name;
        ++one.redemptions;
        one.unsettled += is_final(what.state) ? 0 : 1;
    };
    for (const auto& [id, row] : rows_) {
        if (!contains(configured.accounts, row.what.account)) {
            count(kind::account, row.what.account.str(), row.what);
            found[{kind::account, row.what.account.str()}].identity = row.what.identity;
        }
        if (!contains(configured.callers, row.what.caller)) {
            count(kind::caller, row.what.caller.str(), row.what);
        }
    }
    std::vector<unconfigured_name> all;
    for (auto& [name, one] : found) {
        all.push_back(std::move(one));
    }
    return all;
}

journal_store::order_keys journal_store::canonical_of(
    const platform_identity& scope, const order_keys& names
) const {
    order_keys canonical;
    for (const auto& name : names) {
        const auto found = aliases_.find({scope, name});
        const auto& oldest = found == aliases_.end() ? name : alias_texts_[found->second.order];
        if (!contains(canonical, oldest)) {
            canonical.push_back(oldest);
        }
    }
    return canonical;
}

// First the canonical key of all, then the keys that were canonical for some of them until now.
journal_store::order_keys journal_store::link(
    const platform_identity& scope, const order_keys& names
) {
    auto before = canonical_of(scope, names);
    if (names.size() < 2) {
        return before;
    }
    known(scope, names.front());
    for (auto other = names.begin() + 1; other != names.end(); ++other) {
        known(scope, *other);
        merge(known(scope, names.front()).order, known(scope, *other).order);
    }
    auto canonical = canonical_of(scope, names);
    std::erase(before, canonical.front());
    canonical.insert(canonical.end(), before.begin(), before.end());
    return canonical;
}

journal_store::alias& journal_store::known(const platform_identity& scope, const order_key& name) {
    const auto [at, fresh] = aliases_.try_emplace({scope, name});
    if (fresh) {
        const auto number = alias_texts_.size();
        at->second = {.number = number, .order = number};
        alias_texts_.push_back(name);
    }
    return at->second;
}

void journal_store::merge(std::uint64_t one, std::uint64_t other) {
    for (auto& [name, alias] : aliases_) {
        if (alias.order == std::max(one, other)) {
            alias.order = std::min(one, other);
        }
    }
}

}  // namespace gateway::simulation
