#include "journal/postgres/list_ids.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include "journal/lowest_id.hpp"

namespace gateway::journal::postgres {
namespace {

using enum type;
using redemption::list_filter;
using redemption::redemption_id;
using redemption::state;

// The time in an id may differ from created_at by a moment, and clocks step: created_at decides,
// the id only narrows the search.
constexpr std::chrono::minutes id_slack{10};

enum class sql : std::uint8_t { open, ended, voided, all, accounts };

// A term without its value is none: the planner drops it, as lists are planned with their values.
// The ids of a natural key are an array: of IN the planner would make a filter, and read all ids.
// The state of an outcome is a look-up of its own, not a join that may go through outcomes first.
// Whether an account has used a method is asked first, so that nothing is searched for in vain.
constexpr const char* terms =
    " AND ($1 IS NULL OR r.id = $1) AND ($2 IS NULL OR r.idempotency_key = $2)"
    " AND ($3 IS NULL OR r.id = ANY (ARRAY(SELECT id FROM redemptions WHERE natural_key = $3"
    " AND NOT void AND natural_key IS NOT NULL UNION ALL SELECT id FROM redemptions"
    " WHERE natural_key = $3 AND void AND natural_key IS NOT NULL)))"
    " AND ($4 IS NULL OR r.caller = $4)"
    " AND ($5 IS NULL OR r.account = $5) AND ($15 IS NULL OR r.scope = $15)"
    " AND ($6 IS NULL OR r.account = ANY ($6) OR EXISTS (SELECT 1 FROM unnest($16, $17)"
    " AS w (account, scope) WHERE w.account = r.account AND w.scope = r.scope))"
    " AND ($7 IS NULL OR r.method = $7) AND ($7 IS NULL OR $5 IS NULL OR (SELECT true"
    " FROM redemptions AS x WHERE x.account = $5 AND x.method = $7 ORDER BY x.id DESC LIMIT 1))"
    " AND ($8 IS NULL OR r.id < $8)"
    " AND ($9 IS NULL OR r.created_at >= $9) AND ($10 IS NULL OR r.id >= $10)"
    " AND ($11 IS NULL OR r.created_at < $11) AND ($12 IS NULL OR r.id < $12)"
    " ORDER BY r.id DESC LIMIT $13";

const std::vector<statement>& all_statements() {
    static const std::string open =
        std::string(
            "SELECT r.id FROM open_redemptions AS o JOIN redemptions AS r ON r.id = o.id"
            " WHERE o.unknown = ($14 = 'unknown')"
        ) +
        terms;
    static const std::string ended =
        std::string(
            "SELECT r.id FROM redemptions AS r WHERE NOT r.void"
            " AND (SELECT e.state FROM outcomes AS e WHERE e.id = r.id) = $14"
        ) +
        terms;
    static const std::string voided =
        std::string(
            "SELECT r.id FROM redemptions AS r WHERE r.void"
            " AND (SELECT e.state FROM outcomes AS e WHERE e.id = r.id) = $14"
        ) +
        terms;
    static const std::string any =
        std::string("SELECT r.id FROM redemptions AS r WHERE $14 IS NULL") + terms;
    const std::vector<type> types{
        uuid,
        text,
        text,
        text,
        text,
        text_array,
        text,
        uuid,
        timestamptz,
        uuid,
        timestamptz,
        uuid,
        int8,
        text,
        text,
        text_array,
        text_array
    };
    static const std::vector<statement> all{
        {"l_open", open.c_str(), types},
        {"l_ended", ended.c_str(), types},
        {"l_voided", voided.c_str(), types},
        {"l_all", any.c_str(), types},
        // From each name to the next in the index, however many redemptions each has.
        {"l_accounts",
         "WITH RECURSIVE known (name) AS (SELECT min(account) FROM redemptions UNION ALL"
         " SELECT (SELECT min(account) FROM redemptions WHERE account > known.name) FROM known"
         " WHERE known.name IS NOT NULL) SELECT name FROM known WHERE name IS NOT NULL",
         {}},
    };
    return all;
}

sql leading(const std::optional<state>& wanted) {
    if (!wanted) {
        return sql::all;
    }
    if (!redemption::is_final(*wanted)) {
        return sql::open;
    }
    return *wanted == state::succeeded ? sql::ended : sql::voided;
}

// A part of a list that one index gives in its order: of one caller, or of one account and, under
// an earlier name, one app.
struct branch {
    std::optional<redemption::caller_name> caller{};
    std::optional<redemption::account_name> account{};
    std::optional<redemption::platform_identity> identity{};
};

// The accounts that the list is limited to, beside those under an earlier name; none: not limited.
std::optional<std::vector<redemption::account_name>> names_of(const list_filter& filter) {
    if (!filter.account) {
        return filter.accounts;
    }
    const auto& all = filter.accounts;
    const bool allowed = !all || std::find(all->begin(), all->end(), *filter.account) != all->end();
    return allowed ? std::vector{*filter.account} : std::vector<redemption::account_name>();
}

// One index finds what is asked for, whichever caller and account it is of.
bool is_exact(const list_filter& filter) {
    return filter.id || filter.natural || filter.key;
}

// Whether each account is a part by itself, as its index may be the better one: one that was asked
// for, and each where a method was, as their index has both. Of a list that is limited to some,
// only where nothing gives the order but the account: what is open or void is less than an account.
bool is_by_account(const list_filter& filter) {
    const bool is_open = filter.in_state && !redemption::is_final(*filter.in_state);
    if (is_exact(filter) || is_open) {
        return false;
    }
    const bool is_void = filter.in_state && *filter.in_state != state::succeeded;
    return filter.account || filter.method || (filter.accounts && !filter.caller && !is_void);
}

pg_outcome<std::vector<redemption::account_name>> known_accounts(connection& on) {
    const auto found =
        on.run(call{.what = &all_statements()[static_cast<std::size_t>(sql::accounts)], .with = {}}
        );
    if (!found) {
        return found.error();
    }
    std::vector<redemption::account_name> names;
    for (std::size_t i = 0; i < found->size(); ++i) {
        row_reader row(*found, i);
        names.push_back(row.next<redemption::account_name>());
        if (row.error()) {
            return *row.error();
        }
    }
    return names;
}

pg_outcome<std::vector<branch>> account_branches(connection& on, const list_filter& filter) {
    if (!is_by_account(filter)) {
        return std::vector{branch{}};
    }
    auto names = names_of(filter);
    if (!names) {
        auto known = known_accounts(on);
        if (!known) {
            return known.error();
        }
        names = std::move(*known);
    }
    std::vector<branch> all;
    for (const auto& one : *names) {
        all.push_back({.account = one});
    }
    for (const auto& one : filter.renamed) {
        all.push_back({.account = one.account, .identity = one.identity});
    }
    return all;
}

// Several callers or accounts are a part each, so that none is searched through for the others.
pg_outcome<std::vector<branch>> branches_of(connection& on, const list_filter& filter) {
    auto accounts = account_branches(on, filter);
    if (!accounts || !filter.caller) {
        return accounts;
    }
    std::vector<branch> all;
    const auto add = [&](const redemption::caller_name& caller) {
        for (branch part : *accounts) {
            part.caller = caller;
            all.push_back(std::move(part));
        }
    };
    add(*filter.caller);
    std::for_each(filter.formerly.begin(), filter.formerly.end(), add);
    return all;
}

std::optional<redemption_id> bound_of(const std::optional<redemption::time_point>& at, int side) {
    if (!at) {
        return std::nullopt;
    }
    return redemption_id(lowest_id_from(*at + side * id_slack) + "-0000-0000-000000000000");
}

// The accounts of a limited list, as columns that its questions refer to.
struct limits {
    std::optional<column> names;
    column earlier{text};
    column apps{text};

    explicit limits(const list_filter& filter) {
        const auto allowed = names_of(filter);
        if (!allowed) {
            return;
        }
        names.emplace(text);
        for (const auto& one : *allowed) {
            names->append(one);
        }
        for (const auto& one : filter.renamed) {
            earlier.append(one.account);
            apps.append(one.identity);
        }
    }
};

call question(const list_filter& filter, const branch& part, const limits& to) {
    const auto& what = all_statements()[static_cast<std::size_t>(leading(filter.in_state))];
    call made{.what = &what, .with = {}};
    auto& with = made.with;
    with.add(uuid, filter.id);
    with.add(text, filter.key);
    with.add(text, filter.natural);
    with.add(text, part.caller);
    with.add(text, part.account);
    if (to.names && !part.account) {
        with.add(*to.names);
    } else {
        with.add_null(text_array);
    }
    with.add(text, filter.method);
    with.add(uuid, filter.after);
    with.add(timestamptz, filter.created_after);
    with.add(uuid, bound_of(filter.created_after, -1));
    with.add(timestamptz, filter.created_before);
    with.add(uuid, bound_of(filter.created_before, 1));
    with.add(int8, static_cast<std::int64_t>(filter.limit));
    if (filter.in_state) {
        with.add(text, redemption::to_string(*filter.in_state).view());
    } else {
        with.add_null(text);
    }
    with.add(text, part.identity);
    with.add(to.earlier);
    with.add(to.apps);
    return made;
}

}  // namespace

std::span<const statement> list_statements() {
    return all_statements();
}

pg_outcome<std::vector<redemption_id>> list_ids(connection& on, const list_filter& filter) {
    const limits to(filter);
    const auto parts = branches_of(on, filter);
    if (!parts) {
        return parts.error();
    }
    std::vector<call> calls;
    for (const auto& part : *parts) {
        calls.push_back(question(filter, part, to));
    }
    std::vector<redemption_id> ids;
    if (calls.empty()) {
        return ids;  // no account that may be seen, or none at all
    }
    const auto found = on.run(calls);
    if (!found) {
        return found.error();
    }
    for (const auto& part : *found) {
        for (std::size_t i = 0; i < part.size(); ++i) {
            row_reader row(part, i);
            ids.push_back(row.next<redemption_id>());
            if (row.error()) {
                return *row.error();
            }
        }
    }
    std::sort(ids.begin(), ids.end(), std::greater<>());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    ids.resize(std::min<std::size_t>(ids.size(), filter.limit));
    return ids;
}

}  // namespace gateway::journal::postgres
