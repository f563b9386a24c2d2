// What is done now and then: late evidence, words, taking over, retention, adoption.

#include <algorithm>
#include <utility>

#include "journal/postgres/record_store.hpp"
#include "journal/postgres/record_store_parts.hpp"
#include "journal/postgres/statements.hpp"
#include "redemption/late_news.hpp"

namespace gateway::journal::postgres {

using redemption::late_answer;
using redemption::record;
using redemption::redemption_id;
using redemption::settlement;

namespace {

write_result<void> done_or_error(const pg_outcome<std::vector<rows>>& done) {
    if (!done) {
        return done.error();
    }
    return {};
}

column ids_of(const std::vector<redemption_id>& which) {
    column ids(type::uuid);
    for (const auto& id : which) {
        ids.append(id);
    }
    return ids;
}

// Names that stand under both scopes join their lines.
pg_outcome<void> merge_shared_lines(
    transaction& in,
    const redemption::platform_identity& by_name,
    const redemption::platform_identity& to
) {
    for (;;) {
        auto shared = in.run({calling(sql::adopt_shared_lines, by_name, to)});
        if (!shared) {
            return shared.error();
        }
        if (shared->front().empty()) {
            return boost::system::in_place_value;
        }
        row_reader at(shared->front(), 0);
        const auto one = at.next<std::int64_t>();
        const auto other = at.next<std::int64_t>();
        if (at.error()) {
            return *at.error();
        }
        column away(type::int8);
        away.append(std::max(one, other));
        const auto kept = std::min(one, other);
        auto merged = in.run(
            {calling(sql::move_names, away, kept),
             calling(sql::move_open, away, kept),
             calling(sql::move_confirmed, away, kept),
             calling(sql::move_doubtful, away, kept)}
        );
        if (!merged) {
            return merged.error();
        }
    }
}

}  // namespace

write_result<late_answer> record_store::tell_late(const settlement& what) {
    transaction in(db_, me_);
    auto loaded = load(in, what.id);
    if (!loaded) {
        return loaded.error();
    }
    if (!*loaded) {
        return late_answer();
    }
    auto& stored = **loaded;
    const bool under_way = redemption::is_under_way(stored.what, *what.ended);
    if (under_way && stored.owner && !is_ours(stored)) {
        return late_answer{.now = std::nullopt, .not_closed = true};
    }
    if (under_way) {
        return settle_late(in, std::move(stored), what, false);
    }
    auto news = redemption::learn_late(stored.what, what);
    if (news.attempts) {
        stored.what.attempts = std::move(*news.attempts);
    }
    if (news.end) {
        return settle_late(in, std::move(stored), *news.end, news.contradicts);
    }
    if (news.attempts) {
        return replace_evidence(in, stored, news.contradicts);
    }
    return late_answer();
}

write_result<late_answer> record_store::settle_late(
    transaction& in, stored_record stored, const settlement& end, bool contradicts
) {
    if (auto written = write_settlement(in, std::move(stored), end); !written) {
        return written.error();
    }
    transaction after(db_, me_);
    auto now = load(after, end.id);
    if (!now) {
        return now.error();
    }
    late_answer answer{.now = std::nullopt, .not_closed = false, .contradicts = contradicts};
    if (*now) {
        answer.now = std::move((*now)->what);
    }
    return answer;
}

write_result<late_answer> record_store::replace_evidence(
    transaction& in, const stored_record& stored, bool contradicts
) {
    const auto& all = stored.what.attempts;
    std::vector<redemption::attempt> ended;
    std::copy_if(all.begin(), all.end(), std::back_inserter(ended), [](const auto& one) {
        return one.finished_at.has_value();
    });
    auto done = in.commit(
        {calling(sql::replace_attempts, stored.what.id, attempts_text(ended)),
         calling(sql::replace_final_attempts, stored.what.id, attempts_text(all))}
    );
    if (!done) {
        return done.error();
    }
    late_answer answer{.now = std::nullopt, .not_closed = false, .contradicts = contradicts};
    if (contradicts) {
        answer.now = stored.what;
    }
    return answer;
}

write_result<bool> record_store::leave_word(
    const redemption_id& id, const redemption::operator_resolution& word
) {
    transaction in(db_, me_);
    auto done = in.commit({calling(sql::leave_word, id, word_text(word))});
    if (!done) {
        return done.error();
    }
    return !done->front().empty();
}

// Run again, it may have taken redemptions before that nobody drives: everything of this process is
// given, which knows what it drives.
write_result<std::vector<record>> record_store::take(std::size_t at_most) {
    transaction in(db_, me_);
    auto taken = in.run(
        {again_ ? calling(sql::own, me_.replica)
                : calling(sql::take, me_.replica, static_cast<std::int64_t>(at_most))}
    );
    if (!taken) {
        return taken.error();
    }
    column ids(type::uuid);
    for (std::size_t i = 0; i < taken->front().size(); ++i) {
        row_reader at(taken->front(), i);
        ids.append(at.next<redemption_id>());
        if (at.error()) {
            return *at.error();
        }
    }
    std::vector<record> all;
    if (ids.empty()) {
        return all;
    }
    auto found = in.run({calling(sql::find_all, ids)});
    if (!found) {
        return found.error();
    }
    for (std::size_t i = 0; i < found->front().size(); ++i) {
        auto stored = read_record(found->front(), i, keys_);
        if (!stored) {
            return stored.error();
        }
        if (stored->unreadable) {
            return *stored->unreadable;
        }
        all.push_back(std::move(stored->what));
    }
    if (auto done = in.commit(); !done) {
        return done.error();
    }
    return all;
}

write_result<void> record_store::give_back(const std::vector<redemption_id>& which) {
    const auto ids = ids_of(which);
    transaction in(db_, me_);
    return done_or_error(in.commit({calling(sql::give_back, ids, me_.replica)}));
}

write_result<void> record_store::probe() {
    transaction in(db_, me_);
    return done_or_error(in.commit({calling(sql::probe, me_.replica)}));
}

write_result<void> record_store::lift_bans(
    const redemption::platform_identity& scope, const std::optional<redemption::method_name>& method
) {
    transaction in(db_, me_);
    return done_or_error(in.commit({calling(sql::lift_bans, scope, method)}));
}

std::optional<redemption::time_point> removal_mark::from(redemption::time_point limit) {
    constexpr auto begins_anew = std::chrono::hours(1);
    if (limit < began_ || limit >= began_ + begins_anew) {
        began_ = limit;
        from_.reset();
    }
    return from_;
}

write_result<std::size_t> record_store::remove_final_before(
    redemption::time_point limit, std::size_t at_most, removal_mark& mark
) {
    transaction in(db_, me_);
    const auto most = static_cast<std::int64_t>(at_most);
    auto done = in.commit({calling(sql::remove_final, limit, most, mark.from(limit))});
    if (!done) {
        return done.error();
    }
    row_reader at(done->front(), 0);
    const auto removed = at.next<std::int64_t>();
    const auto end = at.next<std::optional<redemption::time_point>>();
    if (at.error()) {
        return *at.error();
    }
    if (end) {
        mark.reached(*end);
    }
    return static_cast<std::size_t>(removed);
}

write_result<redemption::journal_loss> record_store::acknowledge_losses(
    std::int64_t up_to, const std::string& who, const std::string& note
) {
    transaction in(db_, me_);
    auto done = in.commit({calling(sql::acknowledge_losses, up_to, who, note)});
    if (!done) {
        return done.error();
    }
    redemption::journal_loss sum{.number = up_to};
    const auto& told = done->front();
    for (std::size_t i = 0; i < told.size(); ++i) {
        row_reader row(told, i);
        sum.missing += row.next<std::int64_t>();
        sum.restored += row.next<std::int64_t>();
        if (row.error()) {
            return *row.error();
        }
    }
    return sum;
}

write_result<void> record_store::adopt(const redemption::account_identity& known) {
    if (known.identity.empty()) {
        return {};
    }
    const auto by_name = redemption::scope_of({}, known.account);
    const auto& to = known.identity;
    transaction in(db_, me_);
    auto moved = in.run(
        {calling(sql::adopt_redemptions, by_name, to),
         calling(sql::adopt_numbers, by_name, to),
         calling(sql::adopt_names, by_name, to)}
    );
    if (!moved) {
        return moved.error();
    }
    if (auto merged = merge_shared_lines(in, by_name, to); !merged) {
        return merged.error();
    }
    return done_or_error(in.commit(
        {calling(sql::adopt_leftovers, by_name),
         calling(sql::adopt_bans, by_name, to),
         calling(sql::adopt_old_bans, by_name)}
    ));
}

}  // namespace gateway::journal::postgres
