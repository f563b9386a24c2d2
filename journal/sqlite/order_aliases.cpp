#include "journal/sqlite/order_aliases.hpp"

#include <algorithm>

namespace gateway::journal {

using redemption::account_name;
using redemption::order_key;

order_names::order_names(database& db)
    : line_(
          db,
          "SELECT oldest.name FROM order_names AS known JOIN order_names AS oldest"
          " ON oldest.seq = known.line WHERE known.account = ? AND known.name = ?"
      ),
      same_order_(db, "INSERT INTO same_order (account, name, other) VALUES (?, ?, ?)") {}

db_result<std::vector<order_key>> order_names::lines_of(
    const account_name& account, const std::vector<order_key>& names
) {
    std::vector<order_key> lines;
    for (const auto& name : names) {
        order_key line = name;
        auto found = line_.first(
            [&](const row& at) -> db_result<void> {
                line = order_key(std::string(at.text(0)));
                return {};
            },
            account,
            name
        );
        if (!found) {
            return found.error();
        }
        if (std::find(lines.begin(), lines.end(), line) == lines.end()) {
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

db_result<std::vector<order_key>> order_names::link(
    const account_name& account, const std::vector<order_key>& names
) {
    auto before = lines_of(account, names);
    if (!before || names.size() < 2) {
        return before;
    }
    for (auto other = names.begin() + 1; other != names.end(); ++other) {
        if (auto said = same_order_.run(account, names.front(), *other); !said) {
            return said.error();
        }
    }
    auto lines = lines_of(account, names);
    if (!lines) {
        return lines;
    }
    std::erase(*before, lines->front());
    lines->insert(lines->end(), before->begin(), before->end());
    return lines;
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
