#include "journal/sqlite/list_query.hpp"

#include <algorithm>
#include <span>

#include "journal/lowest_id.hpp"
#include "journal/sqlite/record_rows.hpp"

namespace gateway::journal {
namespace {

using redemption::account_identity;
using redemption::account_name;
using redemption::caller_name;
using redemption::list_filter;
using redemption::state;

// The time in an id may differ from created_at by a moment, and clocks step: created_at decides,
// the id only narrows the search.
constexpr std::chrono::minutes id_slack{10};

constexpr const char* any_natural_key =
    "seq IN (SELECT seq FROM redemptions WHERE natural_key = ?"
    " AND state IN ('pending', 'succeeded', 'unknown')"
    " UNION ALL SELECT seq FROM redemptions WHERE natural_key = ?"
    " AND state IN ('rejected', 'failed'))";

class terms_builder {
public:
    template <class... V>
    void add(const std::string& term, V&&... values) {
        sql_ += sql_.empty() ? " WHERE " : " AND ";
        sql_ += term;
        (values_.push_back(sql_value(std::forward<V>(values))), ...);
    }
    template <class T>
    void add_if(const std::optional<T>& wanted, const char* term) {
        if (wanted) {
            add(term, to_sql(*wanted));
        }
    }
    // `column` is one of the names.
    template <class Name, class... Further>
    void add_one_of(
        const std::string& column, const std::vector<Name>& names, const Further&... further
    ) {
        std::string marks;
        const auto add_name = [&](const Name& name) {
            marks += marks.empty() ? "?" : ", ?";
            values_.push_back(to_sql(name));
        };
        std::for_each(names.begin(), names.end(), add_name);
        (add_name(further), ...);
        add(column + " IN (" + marks + ")");
    }
    // The account is one of the names, or one of the earlier names with its app.
    void add_account(
        std::span<const account_name> names, const std::vector<account_identity>& renamed
    ) {
        std::string term = "account IN (";
        for (const auto& name : names) {
            term += &name == names.data() ? "?" : ", ?";
            values_.push_back(to_sql(name));
        }
        term += ")";
        for (const auto& one : renamed) {
            term += " OR account = ? AND identity = ?";
            values_.push_back(to_sql(one.account));
            values_.push_back(to_sql(one.identity));
        }
        add("(" + term + ")");
    }

    std::string sql_;
    std::vector<sql_value> values_;
};

// A part of a list that one index gives in its order: of one caller, or of one account and, under
// an earlier name, one app. Points into the filter.
struct branch {
    const caller_name* caller = nullptr;
    const account_name* account = nullptr;
    const redemption::platform_identity* identity = nullptr;
};

template <class T>
const T* pointer_to(const std::optional<T>& value) {
    return value ? &*value : nullptr;
}

// One index narrows the list more than the names of callers and accounts do.
bool is_narrow(const list_filter& filter) {
    return filter.id || filter.natural || filter.key ||
           (filter.in_state && *filter.in_state != state::succeeded);
}

// The parts of which the list is made. Without another index that narrows it, several callers or
// accounts are a part each, so that none is searched through for the others.
std::vector<branch> branches_of(const list_filter& filter) {
    std::vector<branch> all;
    const bool narrow = is_narrow(filter);
    if (!narrow && filter.caller) {
        all.push_back({.caller = &*filter.caller});
        for (const auto& earlier : filter.formerly) {
            all.push_back({.caller = &earlier});
        }
    } else if (!narrow && filter.account) {
        all.push_back({.account = &*filter.account});
    } else if (!narrow && filter.accounts) {
        for (const auto& one : *filter.accounts) {
            all.push_back({.account = &one});
        }
    }
    if (!narrow && !filter.caller) {
        for (const auto& one : filter.renamed) {
            all.push_back({.account = &one.account, .identity = &one.identity});
        }
    }
    if (all.empty()) {
        all.push_back({.caller = pointer_to(filter.caller)});
    }
    return all;
}

// The most selective index of the filter; none when a scan from the newest id is as good.
std::string leading_index(const list_filter& filter, const branch& part) {
    if (filter.id || filter.natural) {
        return "";
    }
    if (filter.key) {
        return " INDEXED BY redemptions_by_key";
    }
    if (filter.in_state && *filter.in_state != state::succeeded) {
        return " INDEXED BY redemptions_not_succeeded";
    }
    if (part.caller) {
        return " INDEXED BY redemptions_by_caller";
    }
    if (part.account) {
        return " INDEXED BY redemptions_by_account";
    }
    if (filter.method) {
        return " INDEXED BY redemptions_by_method";
    }
    return "";
}

void add_creation_terms(const list_filter& filter, terms_builder& terms) {
    if (filter.created_after) {
        terms.add("created_at >= ?", to_sql(*filter.created_after));
        terms.add("id >= ?", lowest_id_from(*filter.created_after - id_slack));
    }
    if (filter.created_before) {
        terms.add("created_at < ?", to_sql(*filter.created_before));
        terms.add("id < ?", lowest_id_from(*filter.created_before + id_slack));
    }
}

void add_name_terms(const list_filter& filter, const branch& part, terms_builder& terms) {
    if (part.caller && !filter.formerly.empty() && is_narrow(filter)) {
        terms.add_one_of("caller", filter.formerly, *part.caller);
    } else if (part.caller) {
        terms.add("caller = ?", to_sql(*part.caller));
    }
    if (part.account) {
        terms.add("account = ?", to_sql(*part.account));
    } else if (filter.account) {
        terms.add_account({&*filter.account, 1}, filter.renamed);
    }
    if (part.identity) {
        terms.add("identity = ?", to_sql(*part.identity));
    } else if (filter.accounts && (!part.account || filter.account)) {
        terms.add_account(*filter.accounts, filter.renamed);
    }
}

std::string branch_sql(
    const list_filter& filter, const branch& part, std::vector<sql_value>& values
) {
    terms_builder terms;
    if (filter.in_state) {
        terms.add("state = ?", redemption::to_string(*filter.in_state));
        if (*filter.in_state != state::succeeded) {
            terms.add("state <> 'succeeded'"
            );  // a partial index is used only where its condition is repeated
        }
    }
    if (filter.natural) {
        terms.add(any_natural_key, to_sql(*filter.natural), to_sql(*filter.natural));
    }
    terms.add_if(filter.id, "id = ?");
    terms.add_if(filter.key, "idempotency_key = ?");
    add_name_terms(filter, part, terms);
    terms.add_if(filter.method, "method = ?");
    terms.add_if(filter.after, "id < ?");
    add_creation_terms(filter, terms);
    values.insert(values.end(), terms.values_.begin(), terms.values_.end());
    values.push_back(to_sql(filter.limit));
    return "SELECT " + std::string(redemption_columns) + " FROM redemptions" +
           leading_index(filter, part) + terms.sql_ + " ORDER BY id DESC LIMIT ?";
}

}  // namespace

list_query make_list_query(const list_filter& filter) {
    list_query query;
    const auto branches = branches_of(filter);
    if (branches.size() == 1) {
        query.sql = branch_sql(filter, branches.front(), query.values);
        return query;
    }
    for (const auto& one : branches) {
        query.sql += query.sql.empty() ? "SELECT * FROM (" : " UNION ALL SELECT * FROM (";
        query.sql += branch_sql(filter, one, query.values) + ")";
    }
    query.sql += " ORDER BY id DESC LIMIT ?";
    query.values.push_back(to_sql(filter.limit));
    return query;
}

}  // namespace gateway::journal
