#pragma once

#include <vector>

#include "journal/move/source.hpp"
#include "journal/postgres/calling.hpp"

// Rows of the source as array parameters of PostgreSQL's statements.

namespace gateway::journal::moving {

// Redemptions, one element each; the statements of target.cpp and compared.cpp take them in this
// order as $1, $2, ...
class page_columns {
public:
    void add(const moved_redemption& one);
    void add_to(postgres::parameters& values) const;
    static std::vector<postgres::type> types();

private:
    using column = postgres::column;
    using type = postgres::type;

    void add_wish(const moved_redemption& one);
    void add_state(const moved_redemption& one);

    column ids_{type::uuid};
    column created_{type::timestamptz};
    column lifetimes_{type::int8};
    column replay_safe_{type::boolean};
    column params_sealed_{type::boolean};
    column void_{type::boolean};
    column callers_{type::text};
    column keys_{type::text};
    column key_scopes_{type::text};
    column methods_{type::text};
    column accounts_{type::text};
    column scopes_{type::text};
    column natural_{type::text};
    column bodies_{type::bytea};
    column params_{type::bytea};
    column orders_{type::text};  // array literals
    column totals_{type::jsonb};
    column open_{type::boolean};
    column states_{type::text};
    column queued_{type::int8};
    column first_orders_{type::text};
    column updated_{type::timestamptz};
    column expires_{type::timestamptz};
    column last_attempts_{type::int4};
    column started_{type::timestamptz};
    column in_doubt_{type::boolean};
    column attempts_{type::jsonb};
    column results_{type::bytea};
    column results_sealed_{type::boolean};
    column errors_{type::jsonb};
    column history_{type::jsonb};
};

// "w(id, created_at, ...)" of the columns above.
extern const char* const page_names;

// Totals with their scope, name, method, code, redemption and value.
class total_page {
public:
    void add(
        std::string_view scope,
        std::string_view method,
        const moved_total& total,
        const redemption::redemption_id& by
    );
    void add_to(postgres::parameters& values) const;
    static std::vector<postgres::type> types();
    // Names that must be there before.
    const postgres::column& scopes() const noexcept { return scopes_; }
    const postgres::column& names() const noexcept { return names_; }
    bool empty() const noexcept { return names_.empty(); }

private:
    using column = postgres::column;
    using type = postgres::type;
    column scopes_{type::text};
    column names_{type::text};
    column methods_{type::text};
    column codes_{type::bytea};
    column redemptions_{type::uuid};
    column totals_{type::int8};
};

}  // namespace gateway::journal::moving
