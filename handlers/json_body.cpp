#include "handlers/json_body.hpp"

#include <boost/json/value.hpp>
#include <utility>

#include "text/strict_json.hpp"

namespace gateway::handlers {
namespace {

std::string detail_of(const text::fault_list& faults) {
    if (faults.size() == 1) {
        return "The body has one fault, named in errors";
    }
    const auto listed = faults.size() - faults.omitted();
    return "The body has " + std::to_string(faults.size()) + " faults, " +
           (faults.omitted() == 0 ? "each" : "the first " + std::to_string(listed) + " of them") +
           " named in errors";
}

}  // namespace

std::variant<boost::json::object, problem> read_json_object(std::string_view body) {
    auto parsed = text::parse_strict(body);
    if (!parsed) {
        problem out;
        out.kind = problem_kind::malformed_json;
        out.detail =
            "At byte " + std::to_string(parsed.error().offset) + ": " + parsed.error().what;
        return out;
    }
    if (!parsed->is_object()) {
        return invalid_body({{"", "must be an object"}});
    }
    return std::move(parsed->get_object());
}

problem invalid_body(text::fault_list faults) {
    problem out;
    out.kind = problem_kind::invalid_request;
    out.detail = detail_of(faults);
    out.errors = std::move(faults);
    return out;
}

}  // namespace gateway::handlers
