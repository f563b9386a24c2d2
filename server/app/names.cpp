#include "server/app/names.hpp"

#include <optional>
#include <utility>

#include "redemption/platform_method.hpp"

namespace gateway::server {
namespace {

// The first account by name that has the app.
std::optional<redemption::account_name> account_of(
    const redemption::platform_identity& app, const config::settings& settings
) {
    std::optional<redemption::account_name> first;
    for (const auto& account : settings.accounts) {
        const bool alipay = account.platform == config::platform::alipay;
        const auto identity =
            alipay ? identity_of(redemption::platform_kind::alipay, account.alipay.app_id)
                   : identity_of(redemption::platform_kind::taobao, account.taobao.app_key);
        redemption::account_name name(account.name);
        if (identity == app && (!first || name < *first)) {
            first = std::move(name);
        }
    }
    return first;
}

base::redacted_text sequel_of(const std::optional<redemption::account_name>& renamed) {
    if (!renamed) {
        return base::fixed_text(
            ", which is not configured, and neither is another account of its app: nothing of it is "
            "sent"
        );
    }
    return base::fixed_text(", which is not configured: account ") + base::redacted_text(*renamed) +
           base::fixed_text(" has the same app and goes on with it");
}

}  // namespace

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

base::redacted_text sentence_about(
    const redemption::unconfigured_name& what, const config::settings& settings
) {
    const auto text =
        base::fixed_text("the journal holds ") + base::redacted_text::number(what.redemptions) +
        base::fixed_text(" redemptions (") + base::redacted_text::number(what.unsettled) +
        base::fixed_text(" of them pending or unknown) of the ");
    if (what.of == redemption::unconfigured_name::kind::account) {
        return text + base::fixed_text("account ") +
               base::redacted_text(redemption::account_name(what.name)) +
               sequel_of(account_of(what.identity, settings));
    }
    return text + base::fixed_text("caller ") +
           base::redacted_text(redemption::caller_name(what.name)) +
           base::fixed_text(
               ", which is not configured: its keys are forgotten, so that a repetition is executed "
               "again, unless a caller names it in `formerly`"
           );
}

}  // namespace gateway::server
