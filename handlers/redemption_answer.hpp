#pragma once

#include "handlers/prefer.hpp"
#include "handlers/problem.hpp"
#include "net/http_message.hpp"
#include "redemption/service.hpp"

// Outcomes of the core as HTTP responses (docs/api.md, Answers by outcome). `retention`: how long
// final redemptions are kept.

namespace gateway::handlers {

// To POST /v1/redemptions.
net::http_response answer(
    const redemption::submit_outcome& outcome,
    const wait_preference& preference,
    std::chrono::hours retention
);

// To GET /v1/redemptions/{id}: the redemption exists, so 200 in every state.
net::http_response answer(
    const redemption::find_outcome& outcome,
    const wait_preference& preference,
    std::chrono::hours retention
);

enum class operators_action { resolve, retry };

// To an operator's action: 200 with the redemption, or 202 while it is at work again.
net::http_response answer(
    const redemption::operate_outcome& outcome,
    operators_action action,
    std::chrono::hours retention
);

problem problem_of(const redemption::unavailable& what);

}  // namespace gateway::handlers
