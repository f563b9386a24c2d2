#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "journal/postgres/transaction.hpp"
#include "redemption/model.hpp"

namespace gateway::journal::postgres {

// The line of an order's names, and how lines that turn out to be one order's become one
// (docs/journal-postgres.md, Order lines). Names are locked first, in their order. Thread of the
// connection.
class line_merge {
public:
    line_merge(redemption::platform_identity scope, std::vector<redemption::order_key> given);

    // Locks the rows of the names, which are made if there are none; nothing without names. To be
    // run in the transaction that joins the line.
    std::vector<call> lock() const;
    // Takes the result of lock() and reads the lines as a whole.
    pg_outcome<void> read(transaction& in, const rows& locked);
    // The statements that make the lines one; valid as long as this object.
    std::vector<call> moves() const;

    std::optional<std::int64_t> line() const noexcept { return line_; }
    // Every line concerned.
    const column& lines() const noexcept { return lines_; }
    // First the canonical key, then the keys that were canonical for a part until now.
    const std::vector<redemption::order_key>& aliases() const noexcept { return aliases_; }

private:
    struct member {
        std::string name;
        std::int64_t number = 0;
        std::int64_t line = 0;
    };
    pg_outcome<std::vector<member>> members(transaction& in) const;
    void unite(const std::set<std::int64_t>& found, const std::vector<member>& all);
    pg_outcome<void> renumber(transaction& in, std::vector<member>& all);
    std::string canonical_of(const std::vector<member>& all, const std::string& name) const;

    const redemption::platform_identity scope_;
    std::vector<redemption::order_key> given_;
    column names_{type::text};
    column lines_{type::int8};
    column away_{type::int8};
    column renumbered_{type::text};
    column numbers_{type::int8};
    std::optional<std::int64_t> line_;
    std::vector<redemption::order_key> aliases_;
};

}  // namespace gateway::journal::postgres
