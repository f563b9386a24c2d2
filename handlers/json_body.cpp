#include "handlers/json_body.hpp"

namespace gateway::handlers {

problem malformed_body(std::size_t offset, const std::string& what) {
    problem out;
    out.kind = problem_kind::malformed_json;
    out.detail = "At byte " + std::to_string(offset) + ": " + what;
    return out;
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
