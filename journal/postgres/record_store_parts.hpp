#pragma once

#include <string>
#include <vector>

#include "journal/postgres/record_store.hpp"
#include "journal/postgres/values.hpp"

// Parts of record_store that its source files and the batch share.

namespace gateway::journal::postgres {

// Totals as the arrays of a statement.
struct record_store::scope_totals {
    column names{type::text};
    column codes{type::bytea};
    column totals{type::int8};
};

// The value of redemptions.key_scope: the oldest name of the caller, so that processes that know it
// by different names write the same.
inline const std::string& key_scope_of(const redemption::record& wish) {
    return wish.formerly.empty() ? wish.caller.str() : wish.formerly.front().str();
}

// An array literal; none without names.
inline std::optional<std::string> names_literal(const std::vector<redemption::order_key>& names) {
    if (names.empty()) {
        return std::nullopt;
    }
    std::vector<std::string_view> views;
    for (const auto& name : names) {
        views.push_back(name.view());
    }
    return text_array_literal(views);
}

// An array literal of all names of the caller.
inline std::string callers_literal(const redemption::record& wish) {
    std::vector<std::string_view> views{wish.caller.view()};
    for (const auto& earlier : wish.formerly) {
        views.push_back(earlier.view());
    }
    return text_array_literal(views);
}

}  // namespace gateway::journal::postgres
