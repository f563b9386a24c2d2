#include "handlers/list_query.hpp"

#include <algorithm>
#include <charconv>

#include "handlers/redemption_path.hpp"
#include "text/query_string.hpp"
#include "text/timestamp.hpp"

namespace gateway::handlers {
namespace {

using redemption::list_filter;

constexpr std::uint32_t max_limit = 200;

// Each takes one parameter's value into the filter; false when it can't be one.
using taker = bool (*)(list_filter& filter, const std::string& value);

template <auto Member>
bool take_text(list_filter& filter, const std::string& value) {
    (filter.*Member).emplace(value);
    return !value.empty();
}

template <auto Member>
bool take_time(list_filter& filter, const std::string& value) {
    filter.*Member = text::from_rfc3339(value);
    return (filter.*Member).has_value();
}

bool take_state(list_filter& filter, const std::string& value) {
    filter.in_state = redemption::state_from(value);
    return filter.in_state.has_value();
}

bool take_limit(list_filter& filter, const std::string& value) {
    const char* end = value.data() + value.size();
    const auto [at, error] = std::from_chars(value.data(), end, filter.limit);
    return error == std::errc{} && at == end && filter.limit >= 1 && filter.limit <= max_limit;
}

bool take_cursor(list_filter& filter, const std::string& value) {
    filter.after = read_id(value);
    return filter.after.has_value();
}

struct known_parameter {
    std::string_view name;
    taker take;
    base::fixed_text expected;
};

constexpr known_parameter known[] = {
    {"state", take_state, "must be pending, succeeded, rejected, failed or unknown"},
    {"method", take_text<&list_filter::method>, "must not be empty"},
    {"account", take_text<&list_filter::account>, "must not be empty"},
    {"idempotency_key", take_text<&list_filter::key>, "must not be empty"},
    {"natural_key", take_text<&list_filter::natural>, "must not be empty"},
    {"created_after",
     take_time<&list_filter::created_after>,
     "must be an RFC 3339 time such as 2026-01-02T03:04:05Z"},
    {"created_before",
     take_time<&list_filter::created_before>,
     "must be an RFC 3339 time such as 2026-01-02T03:04:05Z"},
    {"limit", take_limit, "must be a whole number from 1 to 200"},
    {"cursor", take_cursor, "must be the next_cursor of an earlier answer"},
};

problem invalid_query(std::vector<query_fault> faults) {
    problem out;
    out.kind = problem_kind::invalid_request;
    out.detail = "The query is not valid; errors says why";
    out.query_errors = std::move(faults);
    return out;
}

bool repeats(const std::vector<text::query_parameter>& parameters, std::size_t at) {
    return std::any_of(
        parameters.begin(),
        parameters.begin() + static_cast<std::ptrdiff_t>(at),
        [&](const auto& earlier) { return earlier.name == parameters[at].name; }
    );
}

// Puts the parameter into the filter, or returns what was expected instead of its value.
base::fixed_text take(list_filter& filter, const text::query_parameter& parameter) {
    for (const auto& row : known) {
        if (row.name == parameter.name) {
            return row.take(filter, parameter.value) ? base::fixed_text("") : row.expected;
        }
    }
    return "is not a known parameter";
}

}  // namespace

std::variant<list_filter, problem> read_list_query(std::string_view query) {
    const auto parameters = text::read_query(query);
    if (!parameters) {
        return invalid_query({{"", "an escape is not % and two hexadecimal digits"}});
    }
    constexpr std::size_t most_parameters = 64;
    if (parameters->size() > most_parameters) {
        return invalid_query({{"", "has more than 64 parameters"}});
    }
    list_filter filter;
    std::vector<query_fault> faults;
    for (std::size_t i = 0; i < parameters->size(); ++i) {
        const auto& parameter = (*parameters)[i];
        const auto wrong = repeats(*parameters, i) ? base::fixed_text("must be given once")
                                                   : take(filter, parameter);
        if (!wrong.empty()) {
            faults.push_back({parameter.name, wrong});
        }
    }
    if (!faults.empty()) {
        return invalid_query(std::move(faults));
    }
    return filter;
}

}  // namespace gateway::handlers
