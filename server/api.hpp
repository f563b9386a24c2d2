#pragma once

#include <vector>

#include "redemption/service.hpp"
#include "server/router.hpp"

namespace gateway::server {

// The API listener's routes and the role each needs (contract §3, §6). Both outlive the routes.
std::vector<route> api_routes(redemption::service& service, const redemption::directory& directory);

}  // namespace gateway::server
