#include "handlers/json_body.hpp"

#include <boost/json/value.hpp>
#include <utility>

#include "text/strict_json.hpp"

namespace gateway::handlers {
namespace {

base::redacted_text detail_of(const text::fault_list& faults) {
    if (faults.size() == 1) {
        return base::fixed_text("The body has one fault, named in errors");
    }
    const auto all = base::redacted_text::number(faults.size());
    base::redacted_text which = base::fixed_text("each");
    if (faults.omitted() > 0) {
        which = base::fixed_text("the first ") +
                base::redacted_text::number(faults.size() - faults.omitted()) +
                base::fixed_text(" of them");
    }
    return base::fixed_text("The body has ") + all + base::fixed_text(" faults, ") + which +
           base::fixed_text(" named in errors");
}

}  // namespace

std::variant<boost::json::object, problem> read_json_object(std::string_view body) {
    auto parsed = text::parse_strict(body);
    if (!parsed) {
        problem out;
        out.kind = problem_kind::malformed_json;
        out.detail = base::fixed_text("At byte ") +
                     base::redacted_text::number(parsed.error().offset) + base::fixed_text(": ") +
                     parsed.error().what;
        return out;
    }
    if (!parsed->is_object()) {
        return invalid_body({{"", base::redacted_text("must be an object")}});
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
