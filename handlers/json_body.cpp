#include "handlers/json_body.hpp"

#include <boost/json/value.hpp>
#include <utility>

#include "text/strict_json.hpp"

namespace gateway::handlers {

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

problem invalid_body(std::vector<redemption::param_fault> faults) {
    problem out;
    out.kind = problem_kind::invalid_request;
    out.detail = faults.size() == 1 ? "The body has one fault, named in errors"
                                    : "The body has " + std::to_string(faults.size()) +
                                          " faults, each named in errors";
    out.errors = std::move(faults);
    return out;
}

problem wrong_media_type() {
    problem out;
    out.kind = problem_kind::unsupported_media_type;
    out.detail = "Send the body as application/json in UTF-8";
    out.headers.add("Accept-Post", "application/json");
    return out;
}

}  // namespace gateway::handlers
