// The rows of earlier versions, which knew accounts by their names only, come to their identities.

#include <string>

#include "journal/sqlite/record_store.hpp"

namespace gateway::journal {
namespace {

struct step {
    const char* sql;  // ?1 is the scope of the account's name
    bool moves;       // ?2 is the identity
};

constexpr step steps[] = {
    // A partial index is used only where its condition is repeated.
    {"UPDATE OR IGNORE redemptions SET identity = ?2"
     " WHERE identity = ?1 AND identity >= 'account:' AND identity < 'account;'",
     true},
    {"UPDATE doubtful_totals SET identity = ?2 WHERE identity = ?1", true},
    // The oldest first, which is the canonical one of its order.
    {"INSERT INTO same_order (identity, name, other)"
     " SELECT ?2, oldest.name, known.name FROM order_names AS known"
     " JOIN order_names AS oldest ON oldest.seq = known.line"
     " WHERE known.identity = ?1 ORDER BY known.seq",
     true},
    {"DELETE FROM line_totals WHERE line IN (SELECT line FROM order_names WHERE identity = ?1)",
     false},
    {"DELETE FROM order_names WHERE identity = ?1", false},
    {"INSERT INTO confirmed_totals"
     " (identity, method, subject, total, order_key, code, redemption)"
     " SELECT ?2, method, subject, total, order_key, code, redemption FROM confirmed_totals"
     " WHERE identity = ?1 ON CONFLICT (identity, method, subject) DO UPDATE SET"
     " total = excluded.total, redemption = excluded.redemption WHERE excluded.total > total",
     true},
    {"DELETE FROM confirmed_totals WHERE identity = ?1", false},
    {"INSERT INTO bans (identity, method, told_at, length, doubted)"
     " SELECT ?2, method, told_at, length, doubted FROM bans WHERE identity = ?1"
     " ON CONFLICT (identity, method) DO UPDATE SET told_at = excluded.told_at,"
     " length = excluded.length, doubted = excluded.doubted WHERE excluded.told_at + excluded.length > told_at + length",
     true},
    {"DELETE FROM bans WHERE identity = ?1", false},
};

}  // namespace

db_result<void> record_store::adopt(const redemption::account_identity& known) {
    const auto by_name = redemption::scope_of({}, known.account);
    if (known.identity.empty()) {
        return {};
    }
    for (const step& each : steps) {
        statement once(db_, each.sql);
        const auto done = each.moves ? once.run(by_name, known.identity) : once.run(by_name);
        if (!done) {
            return done;
        }
    }
    return {};
}

}  // namespace gateway::journal
