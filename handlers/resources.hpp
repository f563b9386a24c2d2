#pragma once

#include <chrono>
#include <memory>

#include "base/clock.hpp"
#include "handlers/account_certificates.hpp"
#include "handlers/handler.hpp"
#include "redemption/journal_losses.hpp"
#include "redemption/service.hpp"

// The REST API's resources (docs/api.md, Routes). Service, directory and runtime must outlive the
// handlers. `retention`: how long final redemptions, and so their keys, are kept.

namespace gateway::handlers {

// POST /v1/redemptions
std::unique_ptr<handler> make_create_redemption(
    redemption::service& service,
    const redemption::directory& directory,
    base::runtime& time,
    std::chrono::hours retention
);
// GET /v1/redemptions/{id}, a long poll with `Prefer: wait=N`.
std::unique_ptr<handler> make_get_redemption(
    redemption::service& service, std::chrono::hours retention
);
// GET /v1/redemptions, newest first.
std::unique_ptr<handler> make_list_redemptions(
    redemption::service& service, std::chrono::hours retention
);
// POST /v1/redemptions/{id}/resolve
std::unique_ptr<handler> make_resolve_redemption(
    redemption::service& service, std::chrono::hours retention
);
// POST /v1/redemptions/{id}/retry
std::unique_ptr<handler> make_retry_redemption(
    redemption::service& service, std::chrono::hours retention
);
// GET /v1/accounts. The certificates must outlive the handler, too.
std::unique_ptr<handler> make_list_accounts(
    const redemption::service& service,
    const redemption::directory& directory,
    const account_certificates& certificates
);

// POST /v1/accounts/{name}/try-now. The certificates must outlive the handler, too.
std::unique_ptr<handler> make_try_account_now(
    redemption::service& service,
    const redemption::directory& directory,
    const account_certificates& certificates
);

// POST /v1/journal/losses/acknowledge. The losses must outlive the handler.
std::unique_ptr<handler> make_acknowledge_losses(redemption::journal_losses& losses);

}  // namespace gateway::handlers
