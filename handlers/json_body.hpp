#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "handlers/problem.hpp"

// The problems every JSON body shares.

namespace gateway::handlers {

// The text is not JSON; `what` says why without quoting it.
problem malformed_body(std::size_t offset, const std::string& what);

// All faults of a body that is JSON.
problem invalid_body(std::vector<redemption::param_fault> faults);

// The body is of another media type than application/json.
problem wrong_media_type();

}  // namespace gateway::handlers
