#pragma once

#include <map>
#include <vector>

#include "base/redacted_text.hpp"
#include "config/settings.hpp"
#include "redemption/journal.hpp"

// The configuration's names as the core and the journal know them (docs/journal.md, Identities).

namespace gateway::server {

// Accounts, and callers with their earlier names; without callers, the one of the open API.
redemption::configured_names names_of(const config::settings& settings);

// The earlier names of each caller that has some, the oldest first.
std::map<redemption::caller_name, std::vector<redemption::caller_name>> earlier_names_of(
    const config::settings& settings
);

// One sentence about a name in the journal that is not configured, with what to do.
base::redacted_text sentence_about(
    const redemption::unconfigured_name& what, const config::settings& settings
);

}  // namespace gateway::server
