// The writes after the acceptance: attempts start and end, states change.

#include <string>

#include "journal/sqlite/record_rows.hpp"
#include "journal/sqlite/record_store.hpp"

namespace gateway::journal {
namespace {

using redemption::attempt;
using redemption::settlement;
using redemption::state;

template <class T>
std::optional<std::string_view> name_of(const std::optional<T>& value) {
    if (!value) {
        return std::nullopt;
    }
    return redemption::to_string(*value);
}

db_result<void> ignore_row(const row&) {
    return {};
}

}  // namespace

db_result<redemption::start_outcome> record_store::start_attempt(
    const redemption::redemption_id& id, const attempt& started
) {
    auto row = look_up(id);
    if (!row) {
        return row.error();
    }
    if (!*row) {
        return no_such(id);
    }
    if ((*row)->state != state::pending) {
        return db_error(
            0,
            "redemption " + id.str() + " is " + std::string(to_string((*row)->state)) +
                ", so no attempt may start"
        );
    }
    auto above = totals_.obstacle_to({(*row)->identity, (*row)->method}, (*row)->seq);
    if (!above) {
        return above.error();
    }
    if (*above) {
        return redemption::start_outcome(std::move(**above));
    }
    if (auto begun = record_start((*row)->seq, started); !begun) {
        return begun.error();
    }
    return redemption::start_outcome(redemption::attempt_started{});
}

db_result<void> record_store::settle(const settlement& what) {
    auto found = look_up(what.id);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return no_such(what.id);
    }
    const stored& row = **found;
    if (is_final(row.state) && row.state != what.state) {
        return db_error(
            0,
            "redemption " + what.id.str() + " is already " + std::string(to_string(row.state)) +
                " and can't become " + std::string(to_string(what.state))
        );
    }
    if (what.ended) {
        if (auto ended = record_end(row.seq, *what.ended); !ended) {
            return ended;
        }
    }
    if (!is_final(row.state)) {
        if (auto updated = update_state(row.seq, what); !updated) {
            return updated;
        }
        if (auto updated = update_doubt(row.seq, what); !updated) {
            return updated;
        }
    }
    return record_extras(row, what);
}

db_result<redemption::decide_outcome> record_store::decide(
    const settlement& what, redemption::time_point seen
) {
    auto existing = reader_.find(what.id);
    if (!existing) {
        return existing.error();
    }
    if (!*existing) {
        return no_such(what.id);
    }
    if ((*existing)->state != state::unknown || (*existing)->updated_at != seen) {
        return redemption::decide_outcome(redemption::changed_meanwhile{std::move(**existing)});
    }
    if (what.state == state::pending) {
        auto falls = obstacle_to_retry(what.id);
        if (!falls) {
            return falls.error();
        }
        if (*falls) {
            return redemption::decide_outcome(std::move(**falls));
        }
    }
    if (auto settled = settle(what); !settled) {
        return settled.error();
    }
    auto aliases =
        aliases_.canonical_keys_of(redemption::scope_of(**existing), (*existing)->orders);
    if (!aliases) {
        return aliases.error();
    }
    return redemption::decide_outcome(redemption::decided{std::move(*aliases)});
}

db_result<std::optional<redemption::total_would_fall>> record_store::obstacle_to_retry(
    const redemption::redemption_id& id
) {
    auto row = look_up(id);
    if (!row) {
        return row.error();
    }
    if (!*row) {
        return no_such(id);
    }
    return totals_.obstacle_to({(*row)->identity, (*row)->method}, (*row)->seq);
}

db_result<void> record_store::record_start(std::int64_t seq, const attempt& started) {
    auto begun =
        statements_.start_attempt.first(ignore_row, seq, started.number, started.started_at);
    if (!begun) {
        return begun.error();
    }
    if (!*begun) {
        return db_error(0, "attempt " + std::to_string(started.number) + " has already ended");
    }
    return {};
}

db_result<void> record_store::record_end(std::int64_t seq, const attempt& ended) {
    return statements_.end_attempt.run(
        seq,
        ended.number,
        ended.started_at,
        ended.finished_at,
        name_of(ended.phase),
        name_of(ended.verdict),
        ended.said.code,
        ended.said.sub_code,
        ended.said.message,
        ended.said.platform_request_id,
        ended.detail.empty() ? std::nullopt : std::optional(ended.detail)
    );
}

db_result<void> record_store::update_state(std::int64_t seq, const settlement& what) {
    std::string sealed;
    sql_value result;
    if (!what.result.empty()) {
        auto text = stored_text(what.result, what.id, "result", keys_, sealed);
        if (!text) {
            return text.error();
        }
        result = *text;
    }
    std::optional<std::string_view> kind;
    std::optional<std::string_view> source;
    std::optional<std::string_view> detail;
    redemption::evidence said;
    if (what.error) {
        kind = name_of(what.error->kind);
        source = redemption::to_string(what.error->source);
        detail = what.error->detail;
        said = what.error->said;
    }
    return statements_.update_state.run(
        redemption::to_string(what.state),
        what.at,
        what.expires_at,
        result,
        kind,
        source,
        detail,
        said.code,
        said.sub_code,
        said.message,
        said.platform_request_id,
        seq
    );
}

// An attempt under way ends in doubt, or without; a redemption in doubt stays so until it is final.
db_result<void> record_store::update_doubt(std::int64_t seq, const settlement& what) {
    if (is_final(what.state)) {
        return totals_.end_doubt(seq);
    }
    const bool ambiguous = what.ended && what.ended->verdict == redemption::verdict::ambiguous;
    return ambiguous || what.state == state::unknown ? totals_.doubt(seq) : db_result<void>();
}

db_result<void> record_store::record_extras(const stored& row, const settlement& what) {
    if (what.history) {
        const auto& entry = *what.history;
        auto added = statements_.add_history.run(
            row.seq,
            entry.at,
            entry.who,
            entry.action,
            entry.note,
            name_of(entry.from),
            name_of(entry.to)
        );
        if (!added) {
            return added;
        }
    }
    auto raised = totals_.confirm({row.identity, row.method}, what.id, what.confirmed);
    if (!raised) {
        return raised;
    }
    if (what.ban) {
        return statements_.keep_ban.run(
            row.identity, row.method, what.at, *what.ban, what.ban_doubted
        );
    }
    return {};
}

}  // namespace gateway::journal
