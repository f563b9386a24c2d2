#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <variant>
#include <vector>

#include "handlers/problem.hpp"

// Common to all JSON bodies: reading one, and its problems.

namespace gateway::handlers {

// A body of strict JSON (docs/api.md, Conventions) that must be an object.
std::variant<boost::json::object, problem> read_json_object(std::string_view body);

// All faults of a body that is JSON.
problem invalid_body(text::fault_list faults);

}  // namespace gateway::handlers
