#include "journal/postgres/rights.hpp"

#include <string_view>

#include "journal/postgres/calling.hpp"

namespace gateway::journal::postgres {
namespace {

// schema_version is only read; the tables that are written:
constexpr std::string_view tables[] = {
    "journal_secret",
    "journal_birth",
    "journal_move",
    "journal_losses",
    "replicas",
    "redemptions",
    "open_redemptions",
    "outcomes",
    "orders",
    "confirmed_totals",
    "doubtful_totals",
    "bans",
    "quotas",
    "quota_shares",
};
constexpr std::string_view sequences[] = {"queue_positions", "order_numbers"};
constexpr std::string_view table_rights[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};

const statement user{
    "session_user",
    "SELECT current_user::text, coalesce(current_schema()::text, ''),"
    " coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)",
    {}
};
// $1 and $2: names of tables with a right each, $3 names of sequences. A name that is not found is
// one that may not be used.
const statement missing{
    "missing_rights",
    "SELECT w.name, w.right FROM unnest($1, $2) AS w (name, \"right\")"
    " WHERE NOT coalesce(has_table_privilege(to_regclass(w.name), w.right), false)"
    " UNION ALL SELECT s.name, 'USAGE' FROM unnest($3) AS s (name)"
    " WHERE NOT coalesce(has_sequence_privilege(to_regclass(s.name), 'USAGE'), false)",
    {type::text_array, type::text_array, type::text_array}
};

std::string quoted(std::string_view name) {
    std::string made = "\"";
    for (const char c : name) {
        made += c;
        if (c == '"') {
            made += c;
        }
    }
    return made + '"';
}

template <std::size_t N>
std::string listed(const std::string_view (&names)[N], const std::string& schema) {
    std::string made;
    for (const auto name : names) {
        made += (made.empty() ? "" : ", ") + quoted(schema) + "." + std::string(name);
    }
    return made;
}

}  // namespace

pg_outcome<session_user> read_user(connection& on) {
    const auto found = on.run(calling(user));
    if (!found) {
        return found.error();
    }
    row_reader at(*found, 0);
    session_user who;
    who.role = at.next<std::string>();
    who.schema = at.next<std::string>();
    who.may_create = at.next<bool>();
    if (at.error()) {
        return *at.error();
    }
    return who;
}

std::vector<std::string> grants_to(const std::string& role, const std::string& schema) {
    const auto to = " TO " + quoted(role);
    return {
        "GRANT USAGE ON SCHEMA " + quoted(schema) + to,
        "GRANT SELECT ON " + quoted(schema) + ".schema_version" + to,
        "GRANT SELECT, INSERT, UPDATE, DELETE ON " + listed(tables, schema) + to,
        "GRANT USAGE, UPDATE ON SEQUENCE " + listed(sequences, schema) + to,
    };
}

pg_outcome<std::vector<std::string>> missing_rights(connection& on) {
    column names(type::text);
    column rights(type::text);
    column numbers(type::text);
    names.append(std::string_view("schema_version"));
    rights.append(std::string_view("SELECT"));
    for (const auto name : tables) {
        for (const auto right : table_rights) {
            names.append(name);
            rights.append(right);
        }
    }
    for (const auto name : sequences) {
        numbers.append(name);
    }
    const auto found = on.run(calling(missing, names, rights, numbers));
    if (!found) {
        return found.error();
    }
    std::vector<std::string> all;
    for (std::size_t i = 0; i < found->size(); ++i) {
        row_reader at(*found, i);
        const auto name = at.next<std::string>();
        all.push_back(at.next<std::string>() + " on " + name);
        if (at.error()) {
            return *at.error();
        }
    }
    return all;
}

}  // namespace gateway::journal::postgres
