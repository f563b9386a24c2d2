#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "base/clock.hpp"
#include "redemption/fellowship.hpp"
#include "redemption/journal.hpp"
#include "redemption/platform_method.hpp"
#include "redemption/probes.hpp"
#include "redemption/rules/account_limits.hpp"
#include "redemption/service.hpp"

namespace gateway::redemption {

// One configured account as the core sees it.
struct account_entry {
    platform_account* account = nullptr;  // outlives the core
    account_limits limits;
    std::chrono::milliseconds attempt_timeout{10'000};
};

// The core's surroundings; every reference outlives it.
struct core_context {
    base::runtime& time;
    redemption::journal& journal;
    redemption::fellowship& fellows;
    const directory& methods;
    core_probe& probe;
    // Runs a coroutine that no other awaits: counted, never cancelled.
    std::function<void(boost::asio::awaitable<void>)> spawn;
    std::size_t most_callers = 4'096;  // callers that may wait at once
    // Earlier names of callers, the oldest first: the keys and redemptions of each are theirs.
    std::map<caller_name, std::vector<caller_name>> formerly{};
};

}  // namespace gateway::redemption
