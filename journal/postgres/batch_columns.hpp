#pragma once

#include <string>
#include <vector>

#include "journal/postgres/statements.hpp"
#include "redemption/journal.hpp"

// The arrays of a batch's statements, one element for each operation, and their statements
// (docs/journal-postgres.md, Batches).

namespace gateway::journal::postgres {

// The stored forms of a wish's texts.
struct stored_wish {
    std::string params;
    bool params_sealed = false;
    std::string body;
    std::optional<std::string> totals;
};

// Columns of `redemptions` and `open_redemptions` as accepted.
class accept_columns {
public:
    void add(
        const redemption::record& wish,
        const stored_wish& stored,
        const std::optional<redemption::attempt>& first
    );
    bool empty() const noexcept { return ids_.empty(); }
    std::size_t size() const noexcept { return ids_.size(); }
    void add_to(parameters& values) const;

private:
    column ids_{type::uuid};
    column created_{type::timestamptz};
    column lifetimes_{type::int8};
    column replay_safe_{type::boolean};
    column sealed_{type::boolean};
    column callers_{type::text};
    column all_callers_{type::text};  // an array literal each: with the earlier names
    column keys_{type::text};
    column key_scopes_{type::text};
    column methods_{type::text};
    column accounts_{type::text};
    column scopes_{type::text};
    column natural_{type::text};
    column bodies_{type::bytea};
    column params_{type::bytea};
    column orders_{type::text};  // an array literal each
    column totals_{type::jsonb};
    column updated_{type::timestamptz};
    column expires_{type::timestamptz};
    column attempts_{type::int4};
    column started_{type::timestamptz};
};

// Names of the orders of wishes, and the totals that they want; `n` counts wishes from 1.
class line_columns {
public:
    void add_name(
        std::int64_t n, const redemption::platform_identity& scope, std::string_view name
    );
    void add_total(
        std::int64_t n, std::string_view name, std::string_view code, std::int64_t total
    );
    void add_names_to(parameters& values) const;
    void add_totals_to(parameters& values) const;

private:
    column of_{type::int8};
    column scopes_{type::text};
    column names_{type::text};
    column total_of_{type::int8};
    column total_names_{type::text};
    column codes_{type::bytea};
    column totals_{type::int8};
};

class start_columns {
public:
    void add(const redemption::redemption_id& id, const redemption::attempt& started);
    bool empty() const noexcept { return ids_.empty(); }
    void add_to(parameters& values) const;

private:
    column ids_{type::uuid};
    column numbers_{type::int4};
    column started_{type::timestamptz};
};

// Settlements; `ended` is the attempt's, as JSON text.
class settle_columns {
public:
    void add(
        const redemption::settlement& what,
        const std::optional<std::string>& ended,
        const std::optional<std::string>& result,
        bool sealed
    );
    bool empty() const noexcept { return ids_.empty(); }
    std::size_t size() const noexcept { return ids_.size(); }
    void add_to(parameters& values) const;

private:
    column ids_{type::uuid};
    column states_{type::text};
    column at_{type::timestamptz};
    column numbers_{type::int4};
    column ended_{type::jsonb};
    column in_doubt_{type::boolean};
    column results_{type::bytea};
    column sealed_{type::boolean};
    column errors_{type::jsonb};
};

// Totals that settlements confirm.
class total_columns {
public:
    void add(
        const redemption::redemption_id& id,
        std::string_view name,
        std::string_view code,
        std::int64_t total
    );
    void add_to(parameters& values) const;

private:
    column ids_{type::uuid};
    column names_{type::text};
    column codes_{type::bytea};
    column totals_{type::int8};
};

// Statements of the writer's table for these arrays.
std::vector<statement> batch_statements();

}  // namespace gateway::journal::postgres
