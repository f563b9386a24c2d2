#include "handlers/operate_body.hpp"

#include <boost/json/object.hpp>

#include "handlers/json_body.hpp"
#include "text/object_reader.hpp"

namespace gateway::handlers {
namespace {

namespace json = boost::json;

constexpr text::text_rule note_rule{.min = 1, .max = 1000};

}  // namespace

std::variant<resolve_request, problem> read_resolve_body(std::string_view body) {
    auto reading = read_json_object(body);
    if (auto* fault = std::get_if<problem>(&reading)) {
        return std::move(*fault);
    }
    text::fault_list faults;
    text::object_reader reader(std::get<json::object>(reading), "", faults);
    resolve_request out;
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

std::variant<retry_request, problem> read_retry_body(std::string_view body) {
    if (body.empty()) {
        return retry_request{};
    }
    auto reading = read_json_object(body);
    if (auto* fault = std::get_if<problem>(&reading)) {
        return std::move(*fault);
    }
    text::fault_list faults;
    text::object_reader reader(std::get<json::object>(reading), "", faults);
    retry_request out;
    out.note = reader.text("note", note_rule).value_or("");
    reader.refuse_unknown();
    if (!faults.empty()) {
        return invalid_body(std::move(faults));
    }
    return out;
}

}  // namespace gateway::handlers
