#include "handlers/operate_body.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "handlers/json_body.hpp"
#include "text/object_reader.hpp"
#include "text/strict_json.hpp"

namespace gateway::handlers {
namespace {

namespace json = boost::json;

constexpr text::text_rule note_rule{.min = 1, .max = 1000};

std::variant<json::object, problem> read_object(std::string_view body) {
    auto parsed = text::parse_strict(body);
    if (!parsed) {
        return malformed_body(parsed.error().offset, parsed.error().what);
    }
    if (!parsed->is_object()) {
        return invalid_body({{"", "must be an object"}});
    }
    return std::move(parsed->get_object());
}

}  // namespace

std::variant<resolve_order, problem> read_resolve_body(std::string_view body) {
    const auto reading = read_object(body);
    if (const auto* fault = std::get_if<problem>(&reading)) {
        return *fault;
    }
    text::fault_list faults;
    text::object_reader reader(std::get<json::object>(reading), "", faults);
    resolve_order out;
    if (const auto name = reader.required_text("state")) {
        const auto to = redemption::state_from(*name);
        if (to && redemption::is_final(*to)) {
            out.to = *to;
        } else {
            reader.fault("state", "must be succeeded, rejected or failed");
        }
    }
    out.note = reader.text("note", note_rule).value_or("");
    reader.refuse_unknown();
    if (!faults.empty()) {
        return invalid_body(std::move(faults));
    }
    return out;
}

std::variant<retry_order, problem> read_retry_body(std::string_view body) {
    if (body.empty()) {
        return retry_order{};
    }
    const auto reading = read_object(body);
    if (const auto* fault = std::get_if<problem>(&reading)) {
        return *fault;
    }
    text::fault_list faults;
    text::object_reader reader(std::get<json::object>(reading), "", faults);
    retry_order out;
    out.note = reader.text("note", note_rule).value_or("");
    reader.refuse_unknown();
    if (!faults.empty()) {
        return invalid_body(std::move(faults));
    }
    return out;
}

}  // namespace gateway::handlers
