// Attempts end, states change.

#include <algorithm>
#include <iterator>
#include <utility>

#include "journal/postgres/record_store.hpp"
#include "journal/postgres/record_store_parts.hpp"
#include "journal/postgres/statements.hpp"

namespace gateway::journal::postgres {

using redemption::attempt;
using redemption::decide_outcome;
using redemption::record;
using redemption::redemption_id;
using redemption::settle_outcome;
using redemption::settlement;
using redemption::state;

namespace {

base::redacted_text state_text(state s) {
    return redemption::to_string(s);
}

// The first end of an attempt stays.
void record_end(std::vector<attempt>& attempts, const attempt& ended) {
    const auto at = std::find_if(attempts.begin(), attempts.end(), [&](const attempt& one) {
        return one.number == ended.number;
    });
    if (at == attempts.end()) {
        attempts.push_back(ended);
    } else if (!at->finished_at) {
        const auto started_at = at->started_at;
        *at = ended;
        at->started_at = started_at;
    }
}

bool same_entry(const redemption::history_entry& one, const redemption::history_entry& other) {
    return one.at == other.at && one.who == other.who && one.action == other.action;
}

void record_action(record& in, const std::optional<redemption::history_entry>& entry) {
    const bool new_one =
        entry && std::none_of(in.history.begin(), in.history.end(), [&](const auto& known) {
            return same_entry(known, *entry);
        });
    if (new_one) {
        in.history.push_back(*entry);
    }
}

std::optional<std::string> history_or_none(const record& what) {
    return what.history.empty() ? std::nullopt : std::optional(history_text(what.history));
}

std::optional<std::string> attempts_or_none(const std::vector<attempt>& all) {
    return all.empty() ? std::nullopt : std::optional(attempts_text(all));
}

const attempt* under_way(const record& what) {
    const auto at = std::find_if(what.attempts.begin(), what.attempts.end(), [](const auto& one) {
        return !one.finished_at;
    });
    return at == what.attempts.end() ? nullptr : &*at;
}

auto error_or_none(const settlement& as) {
    return as.error ? std::optional(error_text(*as.error)) : std::nullopt;
}

}  // namespace

bool record_store::has_end(const stored_record& stored, const attempt& ended) const {
    const auto& all = stored.what.attempts;
    return std::any_of(all.begin(), all.end(), [&](const attempt& one) {
        return one.number == ended.number && one.finished_at == ended.finished_at &&
               one.verdict == ended.verdict;
    });
}

write_result<settle_outcome> record_store::settle(const settlement& what) {
    transaction in(db_, me_);
    auto loaded = load_existing(in, what.id);
    if (!loaded) {
        return loaded.error();
    }
    const state before = loaded->what.state;
    if (is_final(before)) {
        return complete(in, std::move(*loaded), what);
    }
    if (before == state::pending && !is_ours(*loaded)) {
        return settle_outcome(redemption::not_ours());
    }
    // An unknown one is nobody's: its attempt was ended here, or by the process that took it over.
    // Beside an attempt's end only an operator's word counts: an expiry is of a process that has
    // lost it.
    const bool of_nobody = what.ended ? !under_way(loaded->what) : !what.history;
    if (before == state::unknown && of_nobody) {
        const bool is_so = what.ended ? has_end(*loaded, *what.ended) : what.state == before;
        if (again_ && is_so) {
            return settle_outcome(redemption::settled());
        }
        return settle_outcome(redemption::not_ours());
    }
    if (auto written = write_settlement(in, std::move(*loaded), what); !written) {
        return written.error();
    }
    return settle_outcome(redemption::settled());
}

// Of a final one only the evidence is completed.
write_result<settle_outcome> record_store::complete(
    transaction& in, stored_record stored, const settlement& what
) {
    if (stored.owner && !is_ours(stored)) {
        return settle_outcome(redemption::not_ours());
    }
    if (stored.what.state != what.state) {
        if (again_ && what.ended && has_end(stored, *what.ended)) {
            return settle_outcome(redemption::settled());
        }
        return base::fixed_text("redemption ") + what.id + base::fixed_text(" is already ") +
               state_text(stored.what.state) + base::fixed_text(" and can't become ") +
               state_text(what.state);
    }
    if (what.ended) {
        record_end(stored.what.attempts, *what.ended);
    }
    record_action(stored.what, what.history);
    scope_totals confirmed;
    std::vector<call> calls{calling(
        sql::complete_final,
        what.id,
        attempts_or_none(stored.what.attempts),
        history_or_none(stored.what)
    )};
    if (auto added = add_extras(stored, what, confirmed, calls); !added) {
        return added.error();
    }
    if (auto done = in.commit(calls); !done) {
        return done.error();
    }
    return settle_outcome(redemption::settled());
}

write_result<void> record_store::write_settlement(
    transaction& in, stored_record stored, const settlement& what
) {
    auto& changed = stored.what;
    if (what.ended) {
        record_end(changed.attempts, *what.ended);
    }
    record_action(changed, what.history);
    scope_totals doubtful;
    scope_totals confirmed;
    auto end = end_of(changed, what);
    if (!end) {
        return end.error();
    }
    std::vector<call> calls{std::move(*end)};
    if (is_final(what.state)) {
        calls.push_back(calling(sql::end_doubt, what.id));
        if (what.state != state::succeeded) {
            calls.push_back(calling(sql::set_void, what.id));
        }
    }
    if (auto added = add_doubt(changed, what, doubtful, calls); !added) {
        return added.error();
    }
    if (auto added = add_extras(stored, what, confirmed, calls); !added) {
        return added.error();
    }
    if (auto done = in.commit(calls); !done) {
        return done.error();
    }
    return {};
}

// The totals of a redemption that may have been executed stand in doubt; `doubtful` holds them for
// the call.
write_result<void> record_store::add_doubt(
    const record& changed, const settlement& what, scope_totals& doubtful, std::vector<call>& calls
) {
    const bool ambiguous = what.ended && what.ended->verdict == redemption::verdict::ambiguous;
    const bool in_doubt =
        what.state == state::unknown || (what.state == state::pending && ambiguous);
    if (!in_doubt || changed.totals.empty()) {
        return {};
    }
    auto totals = columns_of(changed.totals);
    if (!totals) {
        return totals.error();
    }
    doubtful = std::move(*totals);
    calls.push_back(calling(sql::lock_names, redemption::scope_of(changed), doubtful.names));
    calls.push_back(calling(
        sql::doubt,
        redemption::scope_of(changed),
        changed.method,
        doubtful.names,
        doubtful.codes,
        doubtful.totals,
        what.id
    ));
    return {};
}

write_result<call> record_store::end_of(const record& what, const settlement& as) {
    std::optional<std::string> result;
    bool sealed = false;
    if (!as.result.empty()) {
        auto text = store_text(as.result, as.id, "result", keys_);
        if (!text) {
            return base::redacted_text::trusted(text.error().reason);
        }
        result = std::move(text->bytes);
        sealed = text->sealed;
    }
    if (is_final(as.state)) {
        return calling(
            sql::settle_final,
            as.id,
            as.at,
            as.expires_at,
            me_.replica,
            result,
            sealed,
            redemption::to_string(as.state),
            attempts_or_none(what.attempts),
            error_or_none(as),
            history_or_none(what)
        );
    }
    return open_end_of(what, as, std::move(result), sealed);
}

call record_store::open_end_of(
    const record& what, const settlement& as, std::optional<std::string> result, bool sealed
) {
    std::vector<attempt> ended;
    std::copy_if(
        what.attempts.begin(),
        what.attempts.end(),
        std::back_inserter(ended),
        [](const auto& one) { return one.finished_at.has_value(); }
    );
    const attempt* const open = under_way(what);
    const auto last = what.attempts.empty() ? 0U : what.attempts.back().number;
    return calling(
        sql::settle_open,
        as.id,
        as.state == state::unknown,
        me_.replica,
        as.at,
        as.expires_at,
        result,
        sealed,
        error_or_none(as),
        history_or_none(what),
        attempts_or_none(ended),
        static_cast<std::int32_t>(last),
        open != nullptr ? std::optional(open->started_at) : std::nullopt
    );
}

write_result<void> record_store::add_extras(
    const stored_record& stored,
    const settlement& what,
    scope_totals& confirmed,
    std::vector<call>& calls
) {
    const auto scope = redemption::scope_of(stored.what);
    if (!what.confirmed.empty()) {
        auto totals = columns_of(what.confirmed);
        if (!totals) {
            return totals.error();
        }
        confirmed = std::move(*totals);
        calls.push_back(calling(sql::lock_names, scope, confirmed.names));
        calls.push_back(calling(
            sql::raise_totals,
            scope,
            stored.what.method,
            confirmed.names,
            confirmed.codes,
            confirmed.totals,
            what.id
        ));
    }
    if (what.ban) {
        calls.push_back(
            calling(sql::keep_ban, scope, stored.what.method, what.at, *what.ban, what.ban_doubted)
        );
    }
    return {};
}

write_result<decide_outcome> record_store::decide(
    const settlement& what, redemption::time_point seen
) {
    transaction in(db_, me_);
    auto loaded = load_existing(in, what.id);
    if (!loaded) {
        return loaded.error();
    }
    if (loaded->unreadable) {
        return *loaded->unreadable;
    }
    redemption::decided done;
    if (loaded->canonical) {
        done.order_aliases.push_back(*loaded->canonical);
    }
    auto& existing = loaded->what;
    if (existing.state != state::unknown || existing.updated_at != seen) {
        const bool decided_before =
            again_ && what.history &&
            std::any_of(existing.history.begin(), existing.history.end(), [&](const auto& known) {
                return same_entry(known, *what.history);
            });
        if (decided_before) {
            return decide_outcome(std::move(done));
        }
        return decide_outcome(redemption::changed_meanwhile{std::move(existing)});
    }
    if (what.state == state::pending) {
        auto falls = higher_total_in_line(in, existing);
        if (!falls) {
            return falls.error();
        }
        if (*falls) {
            return decide_outcome(std::move(**falls));
        }
    }
    if (auto written = write_settlement(in, std::move(*loaded), what); !written) {
        return written.error();
    }
    return decide_outcome(std::move(done));
}

}  // namespace gateway::journal::postgres
