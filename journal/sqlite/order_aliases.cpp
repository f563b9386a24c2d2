#include "journal/sqlite/order_aliases.hpp"

#include <algorithm>

namespace gateway::journal {

using redemption::account_name;
using redemption::order_key;

order_aliases::order_aliases(database& db)
    : canonical_key_(
          db,
          "SELECT oldest.name FROM order_names AS known JOIN order_names AS oldest"
          " ON oldest.seq = known.line WHERE known.account = ? AND known.name = ?"
      ),
      insert_same_order_(db, "INSERT INTO same_order (account, name, other) VALUES (?, ?, ?)") {}

db_result<std::vector<order_key>> order_aliases::canonical_keys_of(
    const account_name& account, const std::vector<order_key>& aliases
) {
    std::vector<order_key> keys;
    for (const auto& alias : aliases) {
        order_key key = alias;
        auto found = canonical_key_.first(
            [&](const row& at) -> db_result<void> {
                key = order_key(std::string(at.text(0)));
                return {};
            },
            account,
            alias
        );
        if (!found) {
            return found.error();
        }
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            keys.push_back(std::move(key));
        }
    }
    return keys;
}

db_result<std::vector<order_key>> order_aliases::merge(
    const account_name& account, const std::vector<order_key>& aliases
) {
    auto before = canonical_keys_of(account, aliases);
    if (!before || aliases.size() < 2) {
        return before;
    }
    for (auto other = aliases.begin() + 1; other != aliases.end(); ++other) {
        if (auto merged = insert_same_order_.run(account, aliases.front(), *other); !merged) {
            return merged.error();
        }
    }
    auto keys = canonical_keys_of(account, aliases);
    if (!keys) {
        return keys;
    }
    std::erase(*before, keys->front());
    keys->insert(keys->end(), before->begin(), before->end());
    return keys;
}

std::string highest_total(
    const std::string& subject, const std::string& order, const std::string& code
) {
    return "max(coalesce((SELECT total FROM confirmed_totals WHERE account = ?1 AND method = ?2"
           " AND subject = " +
           subject +
           "), 0), coalesce((SELECT confirmed.total FROM order_names AS known"
           " JOIN line_totals AS confirmed ON confirmed.line = known.line"
           " WHERE known.account = ?1 AND known.name = " +
           order + " AND confirmed.method = ?2 AND confirmed.code = " + code + "), 0))";
}

}  // namespace gateway::journal
