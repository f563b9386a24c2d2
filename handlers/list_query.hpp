#pragma once

#include <string_view>
#include <variant>

#include "handlers/problem.hpp"
#include "redemption/journal.hpp"

namespace gateway::handlers {

// Reads the query of GET /v1/redemptions: state, method, account, idempotency_key, natural_key,
// created_after, created_before, limit (1-200, default 50), cursor. Unknown and repeated parameters
// are faults; all are reported at once. The filter's caller is left open.
std::variant<redemption::list_filter, problem> read_list_query(std::string_view query);

}  // namespace gateway::handlers
