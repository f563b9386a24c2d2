#include "journal/sqlite/order_aliases.hpp"

#include <algorithm>

namespace gateway::journal {

using redemption::order_key;
using redemption::platform_identity;

order_aliases::order_aliases(database& db)
    : canonical_key_(
          db,
          "SELECT oldest.name FROM order_names AS known JOIN order_names AS oldest"
          " ON oldest.seq = known.line WHERE known.identity = ? AND known.name = ?"
      ),
      insert_same_order_(db, "INSERT INTO same_order (identity, name, other) VALUES (?, ?, ?)") {}

db_result<std::vector<order_key>> order_aliases::canonical_keys_of(
    const platform_identity& identity, const std::vector<order_key>& aliases
) {
    std::vector<order_key> keys;
    for (const auto& alias : aliases) {
        order_key key = alias;
        auto found = canonical_key_.first(
            [&](const row& at) -> db_result<void> {
                key = order_key(std::string(at.text(0)));
                return {};
            },
            identity,
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
    const platform_identity& identity, const std::vector<order_key>& aliases
) {
    auto before = canonical_keys_of(identity, aliases);
    if (!before || aliases.size() < 2) {
        return before;
    }
    for (auto other = aliases.begin() + 1; other != aliases.end(); ++other) {
        if (auto merged = insert_same_order_.run(identity, aliases.front(), *other); !merged) {
            return merged.error();
        }
    }
    auto keys = canonical_keys_of(identity, aliases);
    if (!keys) {
        return keys;
    }
    std::erase(*before, keys->front());
    keys->insert(keys->end(), before->begin(), before->end());
    return keys;
}

}  // namespace gateway::journal
