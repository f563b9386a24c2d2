#include "server/app/api.hpp"

#include "handlers/resources.hpp"

namespace gateway::server {

std::vector<route> api_routes(
    redemption::service& service,
    const redemption::directory& directory,
    const handlers::account_certificates& certificates,
    redemption::journal_losses& losses,
    base::runtime& time,
    std::chrono::hours retention
) {
    using config::role;
    const base::fixed_text all = "/v1/redemptions";
    const base::fixed_text one = "/v1/redemptions/{id}";
    const base::fixed_text resolve = "/v1/redemptions/{id}/resolve";
    const base::fixed_text retry = "/v1/redemptions/{id}/retry";
    const base::fixed_text accounts = "/v1/accounts";
    const base::fixed_text try_now = "/v1/accounts/{name}/try-now";
    const base::fixed_text acknowledge = "/v1/journal/losses/acknowledge";

    // A long list costs the loop as much as several redemptions, its records megabytes.
    constexpr std::size_t lists_at_once = 4;
    constexpr std::size_t lists_waiting = 64;

    std::vector<route> out;
    out.push_back(
        {"GET",
         all,
         role::read,
         handlers::make_list_redemptions(service, retention),
         std::make_unique<base::async_semaphore>(lists_at_once, lists_waiting)}
    );
    out.push_back(
        {"POST",
         all,
         role::redeem,
         handlers::make_create_redemption(service, directory, time, retention)}
    );
    out.push_back({"GET", one, role::read, handlers::make_get_redemption(service, retention)});
    out.push_back(
        {"POST", resolve, role::operate, handlers::make_resolve_redemption(service, retention)}
    );
    out.push_back(
        {"POST", retry, role::operate, handlers::make_retry_redemption(service, retention)}
    );
    out.push_back(
        {"GET", accounts, role::read, handlers::make_list_accounts(service, directory, certificates)
        }
    );
    out.push_back(
        {"POST",
         try_now,
         role::operate,
         handlers::make_try_account_now(service, directory, certificates)}
    );
    out.push_back({"POST", acknowledge, role::operate, handlers::make_acknowledge_losses(losses)});
    return out;
}

}  // namespace gateway::server
