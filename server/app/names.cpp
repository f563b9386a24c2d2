#include "server/app/names.hpp"

namespace gateway::server {

redemption::configured_names names_of(const config::settings& settings) {
    redemption::configured_names names;
    for (const auto& account : settings.accounts) {
        names.accounts.emplace_back(account.name);
    }
    for (const auto& caller : settings.callers) {
        names.callers.emplace_back(caller.name);
        for (const auto& earlier : caller.formerly) {
            names.callers.emplace_back(earlier);
        }
    }
    if (settings.callers.empty()) {
        names.callers.emplace_back("anonymous");
    }
    return names;
}

std::map<redemption::caller_name, std::vector<redemption::caller_name>> earlier_names_of(
    const config::settings& settings
) {
    std::map<redemption::caller_name, std::vector<redemption::caller_name>> earlier;
    for (const auto& caller : settings.callers) {
        for (const auto& name : caller.formerly) {
            earlier[redemption::caller_name(caller.name)].emplace_back(name);
        }
    }
    return earlier;
}

base::redacted_text sentence_about(const redemption::unconfigured_name& what) {
    const bool account = what.of == redemption::unconfigured_name::kind::account;
    auto text = base::fixed_text("the journal holds ") +
                base::redacted_text::number(what.redemptions) + base::fixed_text(" redemptions (") +
                base::redacted_text::number(what.unsettled) +
                base::fixed_text(" of them pending or unknown) of the ");
    if (account) {
        return text + base::fixed_text("account ") +
               base::redacted_text(redemption::account_name(what.name)) +
               base::fixed_text(
                   ", which is not configured: unless an account of the same app is, nothing of it is sent"
               );
    }
    return text + base::fixed_text("caller ") +
           base::redacted_text(redemption::caller_name(what.name)) +
           base::fixed_text(
               ", which is not configured: its keys are forgotten, so that a repetition is executed "
               "again, unless a caller names it in `formerly`"
           );
}

}  // namespace gateway::server
