#include "journal/sqlite/list_query.hpp"

#include <array>
#include <cstdio>

#include "journal/sqlite/record_rows.hpp"

namespace gateway::journal {
namespace {

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
    void add(const char* term, V&&... values) {
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

    std::string sql_;
    std::vector<sql_value> values_;
};

// The most selective index of the filter; none when a scan from the newest id is as good.
std::string leading_index(const list_filter& filter) {
    if (filter.id || filter.natural) {
        return "";
    }
    if (filter.key) {
        return " INDEXED BY redemptions_by_key";
    }
    if (filter.in_state && *filter.in_state != state::succeeded) {
        return " INDEXED BY redemptions_not_succeeded";
    }
    if (filter.caller) {
        return " INDEXED BY redemptions_by_caller";
    }
    if (filter.account) {
        return " INDEXED BY redemptions_by_account";
    }
    if (filter.method) {
        return " INDEXED BY redemptions_by_method";
    }
    return "";
}

void add_creation_terms(const list_filter& filter, terms_builder& terms) {
    if (filter.created_after) {
        terms.add("created_at > ?", to_sql(*filter.created_after));
        terms.add("id >= ?", lowest_id_from(*filter.created_after - id_slack));
    }
    if (filter.created_before) {
        terms.add("created_at < ?", to_sql(*filter.created_before));
        terms.add("id < ?", lowest_id_from(*filter.created_before + id_slack));
    }
}

}  // namespace

std::string lowest_id_from(redemption::time_point at) {
    const std::int64_t since = at.time_since_epoch().count();
    const auto ms = static_cast<unsigned long long>(since < 0 ? 0 : since);
    std::array<char, 16> text{};
    std::snprintf(
        text.data(), text.size(), "%08llx-%04llx", (ms >> 16) & 0xffffffffULL, ms & 0xffffULL
    );
    return text.data();
}

list_query make_list_query(const list_filter& filter) {
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
    terms.add_if(filter.caller, "caller = ?");
    terms.add_if(filter.account, "account = ?");
    terms.add_if(filter.method, "method = ?");
    terms.add_if(filter.after, "id < ?");
    add_creation_terms(filter, terms);

    list_query query;
    query.sql = "SELECT " + std::string(redemption_columns) + " FROM redemptions" +
                leading_index(filter) + terms.sql_ + " ORDER BY id DESC LIMIT ?";
    query.values = std::move(terms.values_);
    query.values.push_back(to_sql(filter.limit));
    return query;
}

}  // namespace gateway::journal
