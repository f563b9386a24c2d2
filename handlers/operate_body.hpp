#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "handlers/problem.hpp"
#include "redemption/model.hpp"

namespace gateway::handlers {

struct resolve_request {
    enum redemption::state to = redemption::state::failed;
    std::string note;
};

struct retry_request {
    std::string note;
};

// {"state": "succeeded|rejected|failed", "note": "…"}; the note may be left out.
std::variant<resolve_request, problem> read_resolve_body(std::string_view body);

// {"note": "…"}, or nothing at all.
std::variant<retry_request, problem> read_retry_body(std::string_view body);

}  // namespace gateway::handlers
