#pragma once

#include <vector>

#include "base/clock.hpp"
#include "handlers/account_certificates.hpp"
#include "redemption/journal_losses.hpp"
#include "redemption/service.hpp"
#include "server/http/router.hpp"

namespace gateway::server {

// The API listener's routes and the role each needs (docs/api.md, Routes). All five outlive the
// routes.
std::vector<route> api_routes(
    redemption::service& service,
    const redemption::directory& directory,
    const handlers::account_certificates& certificates,
    redemption::journal_losses& losses,
    base::runtime& time,
    std::chrono::hours retention
);

}  // namespace gateway::server
