#include "journal/postgres/record_store.hpp"

#include <algorithm>
#include <utility>

#include "journal/postgres/line_merge.hpp"
#include "journal/postgres/record_store_parts.hpp"
#include "journal/postgres/statements.hpp"

namespace gateway::journal::postgres {

using redemption::accept_outcome;
using redemption::attempt;
using redemption::record;
using redemption::redemption_id;
using redemption::start_outcome;
using redemption::state;
using redemption::total_would_fall;

namespace {

const redemption_id nobody("00000000-0000-0000-0000-000000000000");

base::redacted_text no_such(const redemption_id& id) {
    return base::fixed_text("the journal holds no redemption ") + id;
}

// Results in the order of the calls, of which some are made only when they are needed.
class result_cursor {
public:
    explicit result_cursor(const std::vector<rows>& all) : all_(all) {}
    const rows* next(bool made) { return made ? &all_[at_++] : nullptr; }

private:
    const std::vector<rows>& all_;
    std::size_t at_ = 0;
};

}  // namespace

write_result<std::optional<stored_record>> record_store::load(
    transaction& in, const redemption_id& id
) {
    auto found =
        in.run({calling(sql::lock_wish, id), calling(sql::lock_open, id), calling(sql::find, id)});
    if (!found) {
        return found.error();
    }
    if (found->back().empty()) {
        return std::optional<stored_record>();
    }
    auto stored = read_record(found->back(), 0, keys_);
    if (!stored) {
        return stored.error();
    }
    mark(*stored);
    return std::optional(std::move(*stored));
}

void record_store::mark(stored_record& stored) const {
    stored.what.elsewhere = stored.what.state == state::pending && !is_ours(stored);
}

write_result<stored_record> record_store::load_existing(transaction& in, const redemption_id& id) {
    auto stored = load(in, id);
    if (!stored) {
        return stored.error();
    }
    if (!*stored) {
        return no_such(id);
    }
    return std::move(**stored);
}

write_result<record_store::scope_totals> record_store::columns_of(
    const std::vector<redemption::running_total>& totals, places which
) {
    scope_totals made;
    for (const auto& total : totals) {
        auto sought = search_totals(total, keys_);
        if (!sought) {
            return base::redacted_text::trusted(sought.error().reason);
        }
        sought->resize(which == places::own ? 1 : sought->size());
        for (const auto& one : *sought) {
            made.names.append(one.order);
            made.codes.append(one.code);
            made.totals.append(one.total);
        }
    }
    return made;
}

accept_outcome record_store::accepted_before(const stored_record& stored, const record& wish) {
    redemption::accepted done;
    done.started = !stored.what.attempts.empty();
    if (stored.canonical) {
        done.order_aliases.push_back(*stored.canonical);
    }
    for (const auto& name : wish.orders) {
        if (name != stored.canonical) {
            done.order_aliases.push_back(name);
        }
    }
    return done;
}

write_result<record_store::optional_outcome> record_store::existing_of(
    transaction& in, const record& wish
) {
    std::vector<call> keys{calling(sql::find_by_key, wish.key, wish.caller)};
    for (const auto& earlier : wish.formerly) {
        keys.push_back(calling(sql::find_by_key, wish.key, earlier));
    }
    auto found = in.run(keys);
    if (!found) {
        return found.error();
    }
    const auto taken =
        std::find_if(found->begin(), found->end(), [](const rows& one) { return !one.empty(); });
    if (taken == found->end()) {
        return optional_outcome();
    }
    auto stored = read_record(*taken, 0, keys_);
    if (!stored) {
        return stored.error();
    }
    if (stored->unreadable) {
        return std::move(*stored->unreadable);
    }
    const bool is_done = again_ && stored->what.id == wish.id && is_ours(*stored) &&
                         stored->what.state == state::pending;
    if (is_done) {
        return optional_outcome(accepted_before(*stored, wish));
    }
    mark(*stored);
    return optional_outcome(redemption::key_taken{std::move(stored->what)});
}

write_result<record_store::optional_outcome> record_store::holder_or_higher(
    const rows& holder, const rows* higher
) {
    if (!holder.empty()) {
        row_reader at(holder, 0);
        redemption::natural_key_taken taken{at.next<redemption_id>()};
        if (at.error()) {
            return *at.error();
        }
        return optional_outcome(std::move(taken));
    }
    if (higher == nullptr || higher->empty()) {
        return optional_outcome();
    }
    row_reader at(*higher, 0);
    total_would_fall falls;
    falls.confirmed = at.next<std::int64_t>();
    falls.by = at.next<std::optional<redemption_id>>();
    falls.in_doubt = at.next<bool>();
    if (at.error()) {
        return *at.error();
    }
    return optional_outcome(std::move(falls));
}

// Locks the order's names, then looks with fresh snapshots.
write_result<record_store::optional_outcome> record_store::obstacle_to(
    transaction& in,
    const redemption::platform_identity& scope,
    const record& wish,
    line_merge& merge
) {
    auto totals = columns_of(wish.totals, places::all);
    if (!totals) {
        return totals.error();
    }
    std::vector<call> calls = merge.lock();
    const bool has_names = !calls.empty();
    calls.push_back(calling(sql::natural_key_holder, wish.natural, scope, wish.method));
    const bool has_totals = !wish.totals.empty() && !restores_;
    if (has_totals) {
        calls.push_back(calling(
            sql::higher_total,
            scope,
            wish.method,
            totals->names,
            totals->codes,
            totals->totals,
            nobody
        ));
    }
    auto found = in.run(calls);
    if (!found) {
        return found.error();
    }
    result_cursor results(*found);
    const rows* locked = results.next(has_names);
    const rows* holder = results.next(true);
    auto obstacle = holder_or_higher(*holder, results.next(has_totals));
    if (!obstacle || *obstacle || locked == nullptr) {
        return obstacle;
    }
    if (auto read = merge.read(in, *locked); !read) {
        return read.error();
    }
    return obstacle;
}

write_result<bool> record_store::starts(
    transaction& in,
    const std::vector<redemption::order_key>& given,
    const line_merge& merge,
    bool wanted
) {
    const auto& aliases = merge.aliases();
    const bool gives_all = std::all_of(aliases.begin(), aliases.end(), [&](const auto& alias) {
        return std::find(given.begin(), given.end(), alias) != given.end();
    });
    if (!wanted || !gives_all) {
        return false;
    }
    if (!merge.line() || restores_) {
        return true;
    }
    auto others = in.run({calling(sql::others_in_line, merge.lines(), me_.replica)});
    if (!others) {
        return others.error();
    }
    return others->front().empty();
}

write_result<accept_outcome> record_store::accept(
    const record& wish, const std::optional<attempt>& first
) {
    transaction in(db_, me_);
    auto existing = existing_of(in, wish);
    if (!existing) {
        return existing.error();
    }
    if (*existing) {
        return std::move(**existing);
    }
    const auto scope = redemption::scope_of(wish);
    line_merge merge(scope, wish.orders);
    auto obstacle = obstacle_to(in, scope, wish, merge);
    if (!obstacle) {
        return obstacle.error();
    }
    if (*obstacle) {
        return std::move(**obstacle);
    }
    auto started = starts(in, wish.orders, merge, first.has_value());
    if (!started) {
        return started.error();
    }
    auto insertion = insertion_of(wish, *started ? first : std::nullopt, merge.line());
    if (!insertion) {
        return insertion.error();
    }
    auto calls = merge.moves();
    calls.push_back(std::move(*insertion));
    if (auto done = in.commit(calls); !done) {
        return done.error();
    }
    return accept_outcome(
        redemption::accepted{.order_aliases = merge.aliases(), .started = *started}
    );
}

write_result<call> record_store::insertion_of(
    const record& wish, const std::optional<attempt>& first, std::optional<std::int64_t> line
) {
    auto params = store_text(wish.params.reveal(), wish.id, "params", keys_);
    auto body = cover_body(wish.body, keys_);
    auto totals = totals_text(wish.totals, keys_);
    if (!params || !body || !totals) {
        return base::fixed_text("the redemption can't be stored: ") +
               base::redacted_text::trusted((!params ? params.error()
                                             : !body ? body.error()
                                                     : totals.error())
                                                .reason);
    }
    return calling(
        sql::insert,
        wish.id,
        wish.created_at,
        wish.lifetime,
        wish.replay_safe,
        params->sealed,
        wish.caller,
        wish.key,
        key_scope_of(wish),
        wish.method,
        wish.account,
        redemption::scope_of(wish),
        wish.natural,
        *body,
        params->bytes,
        names_literal(wish.orders),
        wish.totals.empty() ? std::optional<std::string>() : *totals,
        me_.replica,
        line,
        wish.updated_at,
        wish.expires_at,
        first ? static_cast<std::int32_t>(first->number) : 0,
        first ? std::optional(first->started_at) : std::nullopt
    );
}

write_result<accept_outcome> record_store::restart(
    const record& wish, const std::optional<attempt>& first
) {
    transaction in(db_, me_);
    auto loaded = load_existing(in, wish.id);
    if (!loaded) {
        return loaded.error();
    }
    auto& existing = loaded->what;
    if (loaded->unreadable) {
        return *loaded->unreadable;
    }
    if (existing.state != state::failed) {
        const bool done = again_ && existing.state == state::pending && is_ours(*loaded) &&
                          existing.updated_at == wish.updated_at;
        if (!done) {
            return accept_outcome(redemption::key_taken{std::move(existing)});
        }
        return accept_outcome(redemption::accepted{
            .order_aliases = existing.orders,
            .started = !existing.attempts.empty() && !existing.attempts.back().finished_at,
        });
    }
    const auto scope = redemption::scope_of(wish.identity, existing.account);
    line_merge merge(scope, existing.orders);
    auto obstacle = obstacle_to(in, scope, existing, merge);
    if (!obstacle) {
        return obstacle.error();
    }
    if (*obstacle) {
        return std::move(**obstacle);
    }
    auto started = starts(in, existing.orders, merge, first.has_value());
    if (!started) {
        return started.error();
    }
    const auto last = existing.attempts.empty() ? 0U : existing.attempts.back().number;
    auto calls = merge.moves();
    calls.push_back(calling(
        sql::restart,
        wish.id,
        scope,
        wish.lifetime,
        me_.replica,
        merge.line(),
        wish.updated_at,
        wish.expires_at,
        static_cast<std::int32_t>(*started ? first->number : last),
        *started ? std::optional(first->started_at) : std::nullopt
    ));
    if (auto done = in.commit(calls); !done) {
        return done.error();
    }
    return accept_outcome(
        redemption::accepted{.order_aliases = merge.aliases(), .started = *started}
    );
}

}  // namespace gateway::journal::postgres
