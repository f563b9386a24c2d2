#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "redemption/model.hpp"

namespace gateway::handlers {

// A redemption as callers see it (docs/api.md, The redemption object). Its parameters stay out:
// they hold codes. `retention`: how long a final one is kept.
std::string to_json(const redemption::record& what, std::chrono::hours retention);

// One page: {"redemptions": […], "next_cursor": …}; no cursor: null, the last page.
std::string to_json(
    const std::vector<redemption::record>& page,
    const std::optional<redemption::redemption_id>& next,
    std::chrono::hours retention
);

}  // namespace gateway::handlers
