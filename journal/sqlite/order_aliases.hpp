#pragma once

#include <vector>

#include "journal/sqlite/statement.hpp"

namespace gateway::journal {

// The aliases of orders (docs/journal.md, Order aliases), read and merged on one connection; thread
// of the connection.
class order_aliases {
public:
    // `db` must outlive this object.
    explicit order_aliases(database& db);

    // The canonical key of each alias, each once: other redemptions of the order may be queued
    // under them.
    db_result<std::vector<redemption::order_key>> canonical_keys_of(
        const redemption::platform_identity& identity,
        const std::vector<redemption::order_key>& aliases
    );
    // Makes the aliases those of one order. Gives its canonical key first, then the keys that were
    // canonical for a part of the order until now.
    db_result<std::vector<redemption::order_key>> merge(
        const redemption::platform_identity& identity,
        const std::vector<redemption::order_key>& aliases
    );

private:
    statement canonical_key_;
    statement insert_same_order_;
};

}  // namespace gateway::journal
