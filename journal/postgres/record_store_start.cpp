// Attempts start.

#include <utility>

#include "journal/postgres/line_merge.hpp"
#include "journal/postgres/record_store.hpp"
#include "journal/postgres/record_store_parts.hpp"
#include "journal/postgres/statements.hpp"

namespace gateway::journal::postgres {

using redemption::attempt;
using redemption::record;
using redemption::redemption_id;
using redemption::start_outcome;
using redemption::state;

namespace {

// Why the attempt can't start after those that there were; none: it can.
std::optional<base::redacted_text> fault_of(const record& what, const attempt& started) {
    for (const auto& one : what.attempts) {
        const bool ended = one.finished_at.has_value();
        if (ended == (one.number == started.number)) {
            return base::fixed_text("attempt ") + base::redacted_text::number(one.number) +
                   (ended ? base::fixed_text(" has already ended")
                          : base::fixed_text(" has not ended"));
        }
    }
    return std::nullopt;
}

}  // namespace

write_result<std::optional<redemption::total_would_fall>> record_store::higher_total(
    transaction& in, const record& than
) {
    if (than.totals.empty() || restores_) {
        return std::optional<redemption::total_would_fall>();
    }
    auto totals = columns_of(than.totals, places::all);
    if (!totals) {
        return totals.error();
    }
    auto found = in.run({calling(
        sql::higher_total,
        redemption::scope_of(than),
        than.method,
        totals->names,
        totals->codes,
        totals->totals,
        than.id
    )});
    if (!found) {
        return found.error();
    }
    auto outcome = holder_or_higher(rows(), &found->front());
    if (!outcome) {
        return outcome.error();
    }
    if (!*outcome) {
        return std::optional<redemption::total_would_fall>();
    }
    return std::optional(std::get<redemption::total_would_fall>(std::move(**outcome)));
}

write_result<std::optional<redemption::total_would_fall>> record_store::higher_total_in_line(
    transaction& in, const record& than
) {
    const line_merge line(redemption::scope_of(than), than.orders);
    if (const auto lock = line.lock(); !lock.empty()) {
        if (auto locked = in.run(lock); !locked) {
            return locked.error();
        }
    }
    return higher_total(in, than);
}

write_result<bool> record_store::others_first(transaction& in, const stored_record& stored) {
    if (!stored.line || restores_) {
        return false;
    }
    auto others =
        in.run({calling(sql::others_first, *stored.line, stored.what.id, me_.replica, stored.queued)
        });
    if (!others) {
        return others.error();
    }
    return !others->front().empty();
}

write_result<start_outcome> record_store::start_attempt(
    const redemption_id& id, const attempt& started
) {
    transaction in(db_, me_);
    auto loaded = load_existing(in, id);
    if (!loaded) {
        return loaded.error();
    }
    const auto& existing = loaded->what;
    if (existing.state != state::pending) {
        const bool of_another = loaded->owner && !is_ours(*loaded);
        if (of_another) {
            return start_outcome(redemption::not_ours());
        }
        return base::fixed_text("redemption ") + id + base::fixed_text(" is ") +
               base::redacted_text(to_string(existing.state)) +
               base::fixed_text(", so no attempt may start");
    }
    if (!is_ours(*loaded)) {
        return start_outcome(redemption::not_ours());
    }
    // Before the totals: what is under way may raise them by its end.
    auto others = others_first(in, *loaded);
    if (!others) {
        return others.error();
    }
    auto above = higher_total(in, existing);
    if (!above) {
        return above.error();
    }
    if (*above) {
        return start_outcome(std::move(**above));
    }
    if (auto fault = fault_of(existing, started)) {
        return std::move(*fault);
    }
    if (*others) {
        return start_outcome(redemption::not_its_turn());
    }
    auto done = in.commit({calling(
        sql::start_attempt,
        id,
        static_cast<std::int32_t>(started.number),
        started.started_at,
        me_.replica
    )});
    if (!done) {
        return done.error();
    }
    return start_outcome(redemption::attempt_started());
}

}  // namespace gateway::journal::postgres
