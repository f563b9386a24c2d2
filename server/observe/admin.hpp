#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/router.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {

// One check of /readyz. `trouble` gives one sentence while it fails; it must be cheap and never ask
// a platform (docs/api.md, Admin listener).
struct readiness_check {
    std::string_view name;
    std::function<std::optional<base::redacted_text>()> trouble;
};

// The admin listener's routes: /metrics, /livez, /readyz, /version. `observed` must outlive them.
std::vector<route> admin_routes(observer& observed, std::vector<readiness_check> checks);

// Whether an Accept field asks for OpenMetrics rather than the plain text format (RFC 9110
// §12.5.1).
bool wants_openmetrics(std::string_view accept);

}  // namespace gateway::server
