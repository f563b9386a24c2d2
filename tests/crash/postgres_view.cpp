#include "postgres_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <sstream>

namespace gateway::crash {
namespace {

namespace json = boost::json;

constexpr const char* all_rows =
    "SELECT json_build_object('id', r.id, 'key', r.idempotency_key, 'replay_safe', r.replay_safe,"
    " 'state', CASE WHEN e.id IS NOT NULL AND o.id IS NOT NULL THEN 'twice'"
    " WHEN e.id IS NOT NULL THEN e.state WHEN o.id IS NULL THEN 'lost'"
    " WHEN o.unknown THEN 'unknown' ELSE 'pending' END,"
    " 'detail', coalesce(o.error, e.error) ->> 'detail',"
    " 'attempts', coalesce(o.attempts, e.attempts, '[]'),"
    " 'under_way', CASE WHEN o.attempt_started_at IS NOT NULL THEN o.attempt END)"
    " FROM redemptions AS r LEFT JOIN open_redemptions AS o USING (id)"
    " LEFT JOIN outcomes AS e USING (id) ORDER BY r.id";

std::string text(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

journal_row read_row(const json::object& from) {
    journal_row row{
        .id = text(from, "id"),
        .key = text(from, "key"),
        .state = text(from, "state"),
        .error_detail = text(from, "detail"),
        .replay_safe = from.at("replay_safe").as_bool(),
        .attempts = {},
    };
    for (const auto& item : from.at("attempts").as_array()) {
        const auto& one = item.as_object();
        row.attempts.push_back({
            .number = one.at("number").to_number<std::int64_t>(),
            .finished = one.contains("finished_at"),
            .phase = text(one, "phase"),
            .verdict = text(one, "verdict"),
        });
    }
    if (const auto& number = from.at("under_way"); !number.is_null()) {
        row.attempts.push_back(
            {.number = number.to_number<std::int64_t>(),
             .finished = false,
             .phase = {},
             .verdict = {}}
        );
    }
    return row;
}

}  // namespace

std::vector<journal_row> committed_rows(const support::postgres_database& database) {
    std::vector<journal_row> rows;
    std::istringstream lines(database.query(all_rows));
    for (std::string line; std::getline(lines, line);) {
        rows.push_back(read_row(json::parse(line).as_object()));
    }
    return rows;
}

}  // namespace gateway::crash
