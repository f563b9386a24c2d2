#include "journal/postgres/queries.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "journal/known_names.hpp"
#include "journal/postgres/calling.hpp"
#include "journal/postgres/list_ids.hpp"

namespace gateway::journal::postgres {
namespace {

using enum type;
using redemption::record;
using redemption::redemption_id;
using redemption::unconfigured_name;

enum class sql : std::uint8_t {
    find,
    find_by_key,
    find_all,
    ended,
    behind,
    bans,
    count_unknown,
    newest_change,
    accounts,
    callers,
    count_account,
    count_caller,
    account_apps,
};

std::string select_records(const char* where) {
    return "SELECT " + record_columns + " FROM " + record_source + " WHERE " + where;
}

// The app of the newest redemption, too.
std::string count_sql(const std::string& column) {
    return "SELECT (SELECT count(*) FROM redemptions WHERE " + column +
           " = $1), (SELECT count(*) FROM open_redemptions JOIN redemptions USING (id) WHERE " +
           column + " = $1), (SELECT scope FROM redemptions WHERE " + column +
           " = $1 ORDER BY id DESC LIMIT 1)";
}

// $1 ids, $2 this process: which are not pending elsewhere.
constexpr const char* ended_sql =
    "SELECT w.id FROM unnest($1) AS w (id) WHERE NOT EXISTS (SELECT 1 FROM open_redemptions AS o"
    " WHERE o.id = w.id AND NOT o.unknown AND o.owner IS DISTINCT FROM $2)";
// Which of $1 have another redemption of their order before them.
constexpr const char* behind_sql =
    "SELECT o.id FROM open_redemptions AS o WHERE o.id = ANY ($1) AND EXISTS"
    " (SELECT 1 FROM open_redemptions AS b WHERE b.line = o.line AND NOT b.unknown AND b.id <> o.id"
    " AND (b.queued < o.queued OR b.attempt_started_at IS NOT NULL))";

// Texts that live as long as the program.
struct texts {
    std::string find = select_records("r.id = $1");
    std::string find_by_key = select_records("r.idempotency_key = $1 AND r.caller = $2");
    std::string find_all = select_records("r.id = ANY ($1) ORDER BY r.id DESC");
    std::string accounts = names_sql("account");
    std::string callers = names_sql("caller");
    std::string count_account = count_sql("account");
    std::string count_caller = count_sql("caller");
};

const std::vector<statement>& own_statements() {
    static const texts of;
    static const std::vector<statement> all{
        {"q_find", of.find.c_str(), {uuid}},
        {"q_find_by_key", of.find_by_key.c_str(), {text, text}},
        {"q_find_all", of.find_all.c_str(), {uuid_array}},
        {"q_ended", ended_sql, {uuid_array, int8}},
        {"q_behind", behind_sql, {uuid_array}},
        {"q_bans", "SELECT scope, method, since, length_ms, doubted FROM bans", {}},
        {"q_count_unknown", "SELECT count(*) FROM open_redemptions WHERE unknown", {}},
        {"q_newest_change",
         "SELECT greatest((SELECT max(updated_at) FROM outcomes),"
         " (SELECT created_at FROM redemptions ORDER BY id DESC LIMIT 1))",
         {}},
        {"q_accounts", of.accounts.c_str(), {}},
        {"q_callers", of.callers.c_str(), {}},
        {"q_count_account", of.count_account.c_str(), {text}},
        {"q_count_caller", of.count_caller.c_str(), {text}},
        {"q_account_apps",
         "(SELECT scope FROM redemptions WHERE account = $1 ORDER BY id LIMIT 1) UNION"
         " (SELECT scope FROM redemptions WHERE account = $1 ORDER BY id DESC LIMIT 1)",
         {text}},
    };
    return all;
}

template <class... V>
call asking(sql which, const V&... values) {
    return calling(own_statements()[static_cast<std::size_t>(which)], values...);
}

column ids_of(const std::vector<redemption_id>& ids) {
    column all(uuid);
    for (const auto& id : ids) {
        all.append(id);
    }
    return all;
}

template <class T>
pg_outcome<std::vector<T>> first_column(const pg_outcome<rows>& from) {
    if (!from) {
        return from.error();
    }
    std::vector<T> all;
    for (std::size_t i = 0; i < from->size(); ++i) {
        row_reader row(*from, i);
        all.push_back(row.next<T>());
        if (row.error()) {
            return *row.error();
        }
    }
    return all;
}

pg_outcome<unconfigured_name> counted(
    connection& on, unconfigured_name::kind of, const std::string& name
) {
    const auto which =
        of == unconfigured_name::kind::account ? sql::count_account : sql::count_caller;
    const auto found = on.run(asking(which, name));
    if (!found) {
        return found.error();
    }
    row_reader row(*found, 0);
    unconfigured_name one;
    one.of = of;
    one.name = name;
    one.redemptions = static_cast<std::uint64_t>(row.next<std::int64_t>());
    one.unsettled = static_cast<std::uint64_t>(row.next<std::int64_t>());
    const auto scope = row.next<std::optional<redemption::platform_identity>>();
    if (of == unconfigured_name::kind::account && scope && redemption::is_known(*scope)) {
        one.identity = *scope;
    }
    if (row.error()) {
        return *row.error();
    }
    return one;
}

template <class Name>
pg_outcome<void> add_unconfigured(
    connection& on,
    unconfigured_name::kind of,
    const std::vector<Name>& configured,
    std::vector<unconfigured_name>& found
) {
    const auto which = of == unconfigured_name::kind::account ? sql::accounts : sql::callers;
    const auto names = first_column<std::string>(on.run(asking(which)));
    if (!names) {
        return names.error();
    }
    for (const auto& name : *names) {
        if (std::find(configured.begin(), configured.end(), Name(name)) != configured.end()) {
            continue;
        }
        auto one = counted(on, of, name);
        if (!one) {
            return one.error();
        }
        found.push_back(std::move(*one));
    }
    return {};
}

}  // namespace

pg_outcome<std::vector<redemption::recorded_ban>> read_bans(const rows& from) {
    std::vector<redemption::recorded_ban> bans;
    for (std::size_t i = 0; i < from.size(); ++i) {
        row_reader row(from, i);
        auto& ban = bans.emplace_back();
        ban.identity = row.next<redemption::platform_identity>();
        ban.method = row.next<redemption::method_name>();
        ban.since = row.next<redemption::time_point>();
        ban.length = row.next<std::chrono::milliseconds>();
        ban.doubted = row.next<bool>();
        if (row.error()) {
            return *row.error();
        }
    }
    return bans;
}

std::span<const statement> query_statements() {
    static const std::vector<statement> all = [] {
        auto both = own_statements();
        const auto lists = list_statements();
        both.insert(both.end(), lists.begin(), lists.end());
        return both;
    }();
    return all;
}

void queries::mark(stored_record& row) const {
    row.what.elsewhere = row.what.state == redemption::state::pending && row.owner != me_;
}

pg_outcome<std::optional<record>> queries::first_of(const call& one) {
    const auto found = on_.run(one);
    if (!found) {
        return found.error();
    }
    if (found->empty()) {
        return std::optional<record>();
    }
    auto row = read_record(*found, 0, keys_);
    if (!row) {
        return row.error();
    }
    if (row->unreadable) {
        return pg_error{.kind = error_kind::data, .reason = *row->unreadable};
    }
    mark(*row);
    return std::optional(std::move(row->what));
}

pg_outcome<std::optional<record>> queries::find(const redemption_id& id) {
    return first_of(asking(sql::find, id));
}

pg_outcome<std::optional<record>> queries::find_by_key(
    const redemption::caller_name& caller, const redemption::idempotency_key& key
) {
    return first_of(asking(sql::find_by_key, key, caller));
}

pg_outcome<listing> queries::list(const redemption::list_filter& filter) {
    const auto ids = list_ids(on_, filter);
    if (!ids) {
        return ids.error();
    }
    const column wanted = ids_of(*ids);
    const auto found = on_.run(asking(sql::find_all, wanted));
    if (!found) {
        return found.error();
    }
    listing all;
    for (std::size_t i = 0; i < found->size(); ++i) {
        auto row = read_record(*found, i, keys_);
        if (!row) {
            return row.error();
        }
        if (row->unreadable) {
            ++all.unreadable;
            all.why = *row->unreadable;
            if (!row->what.error) {
                row->what.error = redemption::error_info{
                    .source = redemption::error_source::gateway, .detail = all.why, .said = {}
                };
            }
        }
        mark(*row);
        all.records.push_back(std::move(row->what));
    }
    return all;
}

// One that the journal does not know has its turn: its next call tells.
pg_outcome<redemption::observation> queries::look(
    const std::vector<redemption_id>& watched, const std::vector<redemption_id>& waiting
) {
    const column watched_ids = ids_of(watched);
    const column waiting_ids = ids_of(waiting);
    const call calls[] = {
        asking(sql::ended, watched_ids, me_),
        asking(sql::behind, waiting_ids),
    };
    auto found = on_.run(calls);
    if (!found) {
        return found.error();
    }
    auto ended = first_column<redemption_id>(std::move((*found)[0]));
    if (!ended) {
        return ended.error();
    }
    const auto behind = first_column<redemption_id>(std::move((*found)[1]));
    if (!behind) {
        return behind.error();
    }
    redemption::observation seen{.ended = std::move(*ended), .turns = waiting};
    std::erase_if(seen.turns, [&](const redemption_id& id) {
        return std::find(behind->begin(), behind->end(), id) != behind->end();
    });
    return seen;
}

pg_outcome<std::vector<redemption::recorded_ban>> queries::load_bans() {
    const auto found = on_.run(asking(sql::bans));
    if (!found) {
        return found.error();
    }
    return read_bans(*found);
}

pg_outcome<std::uint64_t> queries::count_unknown() {
    const auto counts = first_column<std::int64_t>(on_.run(asking(sql::count_unknown)));
    if (!counts) {
        return counts.error();
    }
    return static_cast<std::uint64_t>(counts->at(0));
}

pg_outcome<std::optional<redemption::time_point>> queries::newest_change() {
    const auto found =
        first_column<std::optional<redemption::time_point>>(on_.run(asking(sql::newest_change)));
    if (!found) {
        return found.error();
    }
    return found->at(0);
}

pg_outcome<std::vector<redemption::account_identity>> queries::account_names() {
    const auto names = first_column<redemption::account_name>(on_.run(asking(sql::accounts)));
    if (!names) {
        return names.error();
    }
    std::vector<redemption::account_identity> found;
    for (const auto& name : *names) {
        const auto apps =
            first_column<redemption::platform_identity>(on_.run(asking(sql::account_apps, name)));
        if (!apps) {
            return apps.error();
        }
        for (const auto& app : *apps) {
            if (redemption::is_known(app)) {
                found.push_back({name, app});
            }
        }
    }
    return found;
}

pg_outcome<std::vector<unconfigured_name>> queries::find_unconfigured(
    const redemption::configured_names& configured
) {
    using kind = unconfigured_name::kind;
    std::vector<unconfigured_name> found;
    if (auto done = add_unconfigured(on_, kind::account, configured.accounts, found); !done) {
        return done.error();
    }
    if (auto done = add_unconfigured(on_, kind::caller, configured.callers, found); !done) {
        return done.error();
    }
    return found;
}

}  // namespace gateway::journal::postgres
