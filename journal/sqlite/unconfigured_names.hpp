#pragma once

#include <string>
#include <vector>

#include "journal/sqlite/database.hpp"
#include "redemption/journal.hpp"

namespace gateway::journal {

// The names of accounts and callers in a file of any version that are not configured, with the
// number of their redemptions. Only these are counted; finding the names takes a step each.
db_result<std::vector<redemption::unconfigured_name>> find_unconfigured_names(
    database& db, const redemption::configured_names& configured
);

// Each account's name in a file of this version with the apps of its oldest and its newest
// redemption.
db_result<std::vector<redemption::account_identity>> find_account_names(database& db);

// As find_unconfigured_names(), in the file at `path`, which another process may own: nothing is
// created or changed.
db_result<std::vector<redemption::unconfigured_name>> find_unconfigured_names(
    const std::string& path, const redemption::configured_names& configured
);

}  // namespace gateway::journal
