#include "journal/sqlite/unconfigured_names.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "journal/known_names.hpp"
#include "journal/sqlite/statement.hpp"

namespace gateway::journal {
namespace {

using redemption::unconfigured_name;
using kind = unconfigured_name::kind;

// A partial index is used only where its condition is repeated.
std::string count_sql(const std::string& column) {
    return "SELECT (SELECT count(*) FROM redemptions WHERE " + column +
           " = ?1), (SELECT count(*) FROM redemptions INDEXED BY redemptions_not_succeeded"
           " WHERE state <> 'succeeded' AND state IN ('pending', 'unknown') AND " +
           column + " = ?1)";
}

// Of a name's oldest redemption and of its newest.
constexpr const char* apps_sql =
    "SELECT identity FROM redemptions WHERE seq IN ("
    "(SELECT seq FROM redemptions WHERE account = ?1 ORDER BY id LIMIT 1),"
    " (SELECT seq FROM redemptions WHERE account = ?1 ORDER BY id DESC LIMIT 1))"
    " GROUP BY identity";

template <class Name>
bool contains(const std::vector<Name>& names, const std::string& name) {
    return std::any_of(names.begin(), names.end(), [&](const Name& one) {
        return one.str() == name;
    });
}

template <class Name>
db_result<void> add_unconfigured(
    database& db,
    kind of,
    const std::vector<Name>& configured,
    std::vector<unconfigured_name>& found
) {
    const std::string column = of == kind::account ? "account" : "caller";
    statement names(db, names_sql(column));
    statement count(db, count_sql(column));
    return names.each({}, [&](const row& at) -> db_result<void> {
        const std::string name(at.text(0));
        if (contains(configured, name)) {
            return {};
        }
        auto& one = found.emplace_back();
        one.of = of;
        one.name = name;
        const auto counted = count.first(
            [&](const row& number) -> db_result<void> {
                one.redemptions = static_cast<std::uint64_t>(number.integer(0));
                one.unsettled = static_cast<std::uint64_t>(number.integer(1));
                return {};
            },
            name
        );
        return counted ? db_result<void>() : counted.error();
    });
}

// Files of earlier versions know no identities.
db_result<void> add_identities(database& db, std::vector<unconfigured_name>& found) {
    auto known =
        db.integer("SELECT count(*) FROM pragma_table_info('redemptions') WHERE name = 'identity'");
    if (!known || *known == 0) {
        return known ? db_result<void>() : known.error();
    }
    statement newest(
        db, "SELECT identity FROM redemptions WHERE account = ? ORDER BY id DESC LIMIT 1"
    );
    for (auto& one : found) {
        auto read = newest.first(
            [&one](const row& at) -> db_result<void> {
                redemption::platform_identity identity(std::string(at.text(0)));
                if (redemption::is_known(identity)) {
                    one.identity = std::move(identity);
                }
                return {};
            },
            one.name
        );
        if (!read) {
            return read.error();
        }
    }
    return {};
}

}  // namespace

db_result<std::vector<unconfigured_name>> find_unconfigured_names(
    database& db, const redemption::configured_names& configured
) {
    std::vector<unconfigured_name> found;
    if (auto done = add_unconfigured(db, kind::account, configured.accounts, found); !done) {
        return done.error();
    }
    if (auto done = add_identities(db, found); !done) {
        return done.error();
    }
    if (auto done = add_unconfigured(db, kind::caller, configured.callers, found); !done) {
        return done.error();
    }
    return found;
}

db_result<std::vector<redemption::account_identity>> find_account_names(database& db) {
    std::vector<redemption::account_identity> found;
    statement names(db, names_sql("account"));
    statement apps(db, apps_sql);
    const auto done = names.each({}, [&](const row& at) -> db_result<void> {
        const redemption::account_name name(std::string(at.text(0)));
        const sql_value values[] = {to_sql(name)};
        return apps.each(values, [&](const row& app) -> db_result<void> {
            const redemption::platform_identity identity(std::string(app.text(0)));
            if (redemption::is_known(identity)) {
                found.push_back({name, identity});
            }
            return {};
        });
    });
    return done ? db_result<std::vector<redemption::account_identity>>(std::move(found))
                : done.error();
}

// Without a log beside it the file is nobody's at the moment; with one, what is in it counts.
db_result<std::vector<unconfigured_name>> find_unconfigured_names(
    const std::string& path, const redemption::configured_names& configured
) {
    std::error_code ignored;
    const bool has_log = std::filesystem::exists(path + "-wal", ignored);
    auto db = database::open(
        path, has_log ? access::read_only : access::immutable, std::chrono::milliseconds(1000)
    );
    if (!db) {
        return db.error();
    }
    return find_unconfigured_names(*db, configured);
}

}  // namespace gateway::journal
