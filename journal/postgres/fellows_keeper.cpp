#include "journal/postgres/fellows_keeper.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <string>

#include "journal/postgres/calling.hpp"
#include "journal/postgres/queries.hpp"
#include "text/strict_json.hpp"

namespace gateway::journal::postgres {
namespace {

using enum type;
using redemption::fellowship_news;

enum class sql : std::uint8_t {
    renew,
    fellows,
    words,
    bans,
    is_free,
    clock,
    health,
    end_fellows,
    free_theirs,
    end_backends,
    lock_quota,
    draw_share,
};

// The rows of $1 whose renewals are still those of $2. One that is locked is in the middle of a
// batch: at work, or hanging.
constexpr const char* end_fellows_sql =
    "WITH gone AS (SELECT r.replica FROM replicas AS r"
    " JOIN unnest($1, $2) AS d (replica, renewals)"
    " ON r.replica = d.replica AND r.renewals = d.renewals"
    " WHERE r.ended_at IS NULL ORDER BY r.replica FOR UPDATE OF r SKIP LOCKED)"
    " UPDATE replicas AS r SET ended_at = now() FROM gone WHERE r.replica = gone.replica";
constexpr const char* free_theirs_sql =
    "UPDATE open_redemptions AS o SET owner = NULL FROM replicas AS r"
    " WHERE r.replica = o.owner AND r.ended_at IS NOT NULL";
// Only backends that exist: a warning about another one would put the round in doubt.
constexpr const char* end_backends_sql =
    "SELECT pg_terminate_backend(a.pid) FROM replicas AS r"
    " JOIN unnest($1, $2) AS d (replica, renewals)"
    " ON r.replica = d.replica AND r.renewals = d.renewals"
    " JOIN pg_stat_activity AS a ON a.pid = r.pid"
    " WHERE r.ended_at IS NULL";
// $1 account, $2 replica, $3 wanted, $4 the account's rate. What nobody wants is shared equally, as
// the limit of calls in flight goes with the share. A share is at least a quarter of an equal one,
// so that each can begin, and never more than the others leave.
constexpr const char* draw_share_sql =
    "WITH others AS (SELECT count(*) AS n, coalesce(sum(s.share), 0) AS held,"
    " coalesce(sum(least(s.wanted, $4 / (SELECT count(*) FROM replicas WHERE ended_at IS NULL))), 0)"
    " AS wanted, coalesce(sum(s.wanted), 0) AS asked FROM replicas AS r"
    " LEFT JOIN quota_shares AS s ON s.replica = r.replica AND s.account = $1"
    " WHERE r.ended_at IS NULL AND r.replica <> $2)"
    " INSERT INTO quota_shares (account, replica, wanted, share)"
    " SELECT $1, $2, $3, greatest(0, least(greatest($4 / (n + 1) / 4,"
    " least($3, greatest($4 / (n + 1), $4 - wanted))"
    " + greatest(0, $4 - $3 - asked) / (n + 1)), $4 - held)) FROM others"
    " ON CONFLICT (account, replica) DO UPDATE SET wanted = excluded.wanted, share = excluded.share"
    " RETURNING share";

// Whether commits wait for a standby, and the losses that are not acknowledged.
constexpr const char* health_sql =
    "SELECT current_setting('synchronous_standby_names') <> '', max(loss),"
    " coalesce(sum(missing), 0)::bigint, coalesce(sum(restored), 0)::bigint,"
    " extract(epoch FROM pg_postmaster_start_time())::text FROM journal_losses"
    " WHERE acknowledged_at IS NULL";

const std::vector<statement>& all_statements() {
    static const std::vector<statement> all{
        {"renew",
         "UPDATE replicas SET renewals = renewals + 1, renewed_at = now()"
         " WHERE replica = $1 AND token = $2 AND ended_at IS NULL RETURNING 1",
         {int8, text}},
        {"fellows",
         "SELECT replica, renewals FROM replicas WHERE ended_at IS NULL AND replica <> $1"
         " ORDER BY replica",
         {int8}},
        {"words",
         "SELECT id, word FROM open_redemptions WHERE owner = $1 AND word IS NOT NULL",
         {int8}},
        {"bans", "SELECT scope, method, since, length_ms, doubted FROM bans", {}},
        {"is_free", "SELECT 1 FROM open_redemptions WHERE owner IS NULL AND NOT unknown LIMIT 1", {}
        },
        {"clock", "SELECT clock_timestamp()", {}},
        {"health", health_sql, {}},
        {"end_fellows", end_fellows_sql, {int8_array, int8_array}},
        {"free_theirs", free_theirs_sql, {}},
        {"end_backends", end_backends_sql, {int8_array, int8_array}},
        {"lock_quota",
         "INSERT INTO quotas (account) VALUES ($1)"
         " ON CONFLICT (account) DO UPDATE SET account = excluded.account",
         {text}},
        {"draw_share", draw_share_sql, {text, int8, float4, float4}},
    };
    return all;
}

template <class... V>
call asking(sql which, const V&... values) {
    return calling(all_statements()[static_cast<std::size_t>(which)], values...);
}

std::string_view text_in(const boost::json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

// None: it is not one that this program leaves.
std::optional<redemption::operator_resolution> read_word(std::string_view stored) {
    const auto parsed = text::parse_strict(stored);
    if (!parsed || !parsed->is_object()) {
        return std::nullopt;
    }
    const auto& from = parsed->get_object();
    const auto to = redemption::state_from(text_in(from, "to"));
    if (!to) {
        return std::nullopt;
    }
    return redemption::operator_resolution{
        .to = *to,
        .note = std::string(text_in(from, "note")),
        .who = std::string(text_in(from, "who"))
    };
}

// Refuses what was read as long as the row is damaged.
pg_outcome<void> checked(const row_reader& row) {
    return row.error() ? pg_outcome<void>(*row.error()) : pg_outcome<void>();
}

bool by_account(const redemption::account_demand& one, const redemption::account_demand& other) {
    return one.account < other.account;
}

}  // namespace

std::span<const statement> fellow_statements() {
    return all_statements();
}

pg_outcome<fellows_keeper::renewal> fellows_keeper::keep(
    connection& on,
    std::int64_t me,
    const std::string& token,
    const std::vector<redemption::account_demand>& wanted
) {
    const auto asked = time_.since_boot();
    const auto asked_at = time_.precise_wall_now();
    const call calls[] = {
        asking(sql::renew, me, token),
        asking(sql::fellows, me),
        asking(sql::words, me),
        asking(sql::bans),
        asking(sql::is_free),
        asking(sql::clock),
        asking(sql::health),
    };
    auto told = on.run(calls);
    if (!told) {
        return told.error();
    }
    renewal done;
    done.life = me;
    done.may_send_until = asked + terms_.length - terms_.margin();
    if (auto read = read_health((*told)[6], done); !read) {
        return read.error();
    }
    done.took = time_.since_boot() - asked;
    done.replicas = (*told)[1].size() + 1;
    if ((*told)[0].empty()) {
        done.news.dispossessed = true;
        done.may_send_until = redemption::boot_time(0);
        return done;
    }
    done.news.free_work = !(*told)[4].empty();
    if (auto read = read_words((*told)[2], done.news); !read) {
        return read.error();
    }
    if (auto read = read_bans((*told)[3], done.news); !read) {
        return read.error();
    }
    if (auto read = read_clock((*told)[5], asked, asked_at, done.news); !read) {
        return read.error();
    }
    judge_and_draw(on, (*told)[1], wanted, done);
    return done;
}

// The lease is renewed whatever becomes of this, which the next renewal does again.
void fellows_keeper::judge_and_draw(
    connection& on,
    const rows& fellows,
    const std::vector<redemption::account_demand>& wanted,
    renewal& done
) {
    if (const auto ended = judge(on, fellows)) {
        done.ended = *ended;
        if (auto shares = draw(on, done.life, wanted)) {
            done.news.shares = std::move(*shares);
            drawn_for_ = done.life;
        }
    }
    if (drawn_for_ != done.life) {
        for (const auto& one : wanted) {
            done.news.shares.push_back({one.account, 0});
        }
    }
}

pg_outcome<std::size_t> fellows_keeper::judge(connection& on, const rows& fellows) {
    std::vector<sighting> alive;
    for (std::size_t i = 0; i < fellows.size(); ++i) {
        row_reader row(fellows, i);
        auto& one = alive.emplace_back();
        one.replica = row.next<std::int64_t>();
        one.renewals = row.next<std::int64_t>();
        if (auto read = checked(row); !read) {
            return read.error();
        }
    }
    const auto judged = judge_.look(alive, time_.since_boot());
    return judged.gone.empty() ? pg_outcome<std::size_t>(0) : end(on, judged);
}

pg_outcome<std::size_t> fellows_keeper::end(connection& on, const fellow_judge::judgement& judged) {
    column replicas(int8);
    column renewals(int8);
    const auto list = [&](const std::vector<sighting>& which) {
        replicas.clear();
        renewals.clear();
        for (const auto& one : which) {
            replicas.append(one.replica);
            renewals.append(one.renewals);
        }
    };
    if (!judged.hanging.empty()) {
        list(judged.hanging);
        if (auto done = on.run(asking(sql::end_backends, replicas, renewals)); !done) {
            return done.error();
        }
    }
    list(judged.gone);
    // In one transaction, so that nothing is left with an owner that was ended; the second
    // statement has a snapshot of its own, in which it sees the rows of the last batch.
    const call both[] = {
        asking(sql::end_fellows, replicas, renewals),
        asking(sql::free_theirs),
    };
    const auto done = on.run(both);
    if (!done) {
        return done.error();
    }
    return static_cast<std::size_t>((*done)[0].affected());
}

// Locks in one order, whatever the order of the configuration.
pg_outcome<std::vector<redemption::account_share>> fellows_keeper::draw(
    connection& on, std::int64_t me, const std::vector<redemption::account_demand>& wanted
) {
    std::vector<redemption::account_demand> sorted = wanted;
    std::sort(sorted.begin(), sorted.end(), by_account);
    std::vector<call> calls;
    for (const auto& one : sorted) {
        calls.push_back(asking(sql::lock_quota, one.account));
        calls.push_back(asking(
            sql::draw_share,
            one.account,
            me,
            static_cast<float>(one.wanted),
            static_cast<float>(one.rate)
        ));
    }
    std::vector<redemption::account_share> shares;
    if (calls.empty()) {
        return shares;
    }
    const auto drawn = on.run(calls);
    if (!drawn) {
        return drawn.error();
    }
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const auto& result = (*drawn)[2 * i + 1];
        row_reader row(result, 0);
        const auto share = row.next<float>();
        if (auto read = checked(row); !read) {
            return read.error();
        }
        shares.push_back({sorted[i].account, share});
    }
    return shares;
}

pg_outcome<void> fellows_keeper::read_words(const rows& from, fellowship_news& into) const {
    for (std::size_t i = 0; i < from.size(); ++i) {
        row_reader row(from, i);
        auto id = row.next<redemption::redemption_id>();
        const auto word = read_word(row.next<std::string_view>());
        if (auto read = checked(row); !read) {
            return read;
        }
        if (word) {
            into.words.emplace_back(std::move(id), *word);
        }
    }
    return {};
}

// Bans that are new or longer than before.
pg_outcome<void> fellows_keeper::read_bans(const rows& from, fellowship_news& into) {
    auto all = postgres::read_bans(from);
    if (!all) {
        return all.error();
    }
    std::map<ban_name, redemption::recorded_ban> now;
    for (auto& ban : *all) {
        const ban_name name(ban.identity, ban.method);
        const auto before = bans_.find(name);
        const bool known = before != bans_.end() && before->second.since == ban.since &&
                           before->second.length == ban.length;
        if (!known) {
            into.bans.push_back(ban);
        }
        now[name] = std::move(ban);
    }
    bans_ = std::move(now);
    return {};
}

pg_outcome<fellows_keeper::renewal> fellows_keeper::look_at_server(connection& on) const {
    const auto told = on.run(asking(sql::health));
    if (!told) {
        return told.error();
    }
    renewal seen;
    if (auto read = read_health(*told, seen); !read) {
        return read.error();
    }
    return seen;
}

pg_outcome<void> fellows_keeper::read_health(const rows& from, renewal& into) {
    row_reader row(from, 0);
    into.has_standby = row.next<bool>();
    const auto number = row.next<std::optional<std::int64_t>>();
    const auto missing = row.next<std::int64_t>();
    const auto restored = row.next<std::int64_t>();
    into.server = row.next<std::string>();
    if (number) {
        into.loss = {.number = *number, .missing = missing, .restored = restored};
    }
    return checked(row);
}

// The answer was read at some moment of the round trip; a long one tells too little.
pg_outcome<void> fellows_keeper::read_clock(
    const rows& from,
    std::chrono::nanoseconds asked,
    std::chrono::system_clock::time_point asked_at,
    fellowship_news& into
) {
    constexpr std::chrono::milliseconds longest_trip{200};
    row_reader row(from, 0);
    const auto theirs = row.next<redemption::time_point>();
    if (auto read = checked(row); !read) {
        return read;
    }
    const auto trip = time_.since_boot() - asked;
    if (trip <= longest_trip) {
        const auto ours = std::chrono::floor<std::chrono::milliseconds>(asked_at + trip / 2);
        clock_ahead_ = theirs - ours;
    }
    into.clock_ahead = clock_ahead_;
    return {};
}

}  // namespace gateway::journal::postgres
